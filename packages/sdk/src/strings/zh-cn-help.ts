/** Questions and answers; they come with the wallet's part. */
export const zhCnHelp = {
  helpSearch: '搜一搜，比如“忘记密码”',
  helpQuestions: '常见问题',
  helpReasons: '付不成的原因',
  helpThis: '这次为什么没付成',
  helpFound: '找到 {n} 条',
  helpNone: '没有找到',
  helpNoneText: '换个说法，或直接问卡务中心。',
  helpEnd: '还没解决？直接问卡务中心',
  helpOrder: '这笔账单的编号',
  helpOrderText: '钱或商户对不上？把编号告诉卡务中心，马上能查到这一笔。',
  copy: '复制',
  copied: '已复制',
  copyFailed: '复制不了，请长按选中再复制',
  helpWhere: '付款码在哪里出示？',
  helpWhere_how:
    '打开“付款”页，把条形码或二维码对准收银台的扫码口。一个码只能付一次，一分钟内有效，会自动更新。截图付不了，也别发给别人。',
  helpRefused: '付款为什么被拒？',
  helpRefused_how:
    '扫过之后，手机上会写明原因和怎么办；下面“付不成的原因”里也逐条写着。没有付成的，不会扣钱。',
  helpCardNo: '校园卡号是什么？',
  helpCardNo_how:
    '就是学校登记的号码：学生是学号，教职工是工号，校外人员是学校发的号码。平时打码显示，在“卡”页点眼睛图标能看到全部。',
  helpPassword: '支付密码忘了怎么办？',
  helpPassword_how:
    '钱包 → 支付密码 → 忘记密码，收一条短信确认是你本人，就能重设。连续输错 5 次会锁住，也这样重设。没有绑银行卡的，请带证件到卡务中心。',
  helpCardPassword: '校园卡（一卡通）密码忘了怎么办？',
  helpCardPassword_how:
    '校园卡密码只能到卡务中心重设，网上办不了，请本人带证件去。它和电子钱包的支付密码是两回事。',
  helpLost: '手机或校园卡丢了怎么办？',
  helpLost_how:
    '马上用别的手机登录，在“卡”页或钱包里点“挂失”：付款码和实体卡立刻停用，钱不会动。登录不了，就联系卡务中心。找回后输支付密码解挂。',
  helpTopUp: '充值没有到账怎么办？',
  helpTopUp_how:
    '先看钱包。写着“银行处理中”或“等银行回复”的，还没有结果，请不要再充一次，我们会一直问到有结果。银行扣了钱、这里却显示没成的，从账单里点开这一笔，把编号告诉卡务中心。',
  helpChangeCard: '怎么换银行卡？',
  helpChangeCard_how:
    '钱包 → 银行卡 → 再绑一张卡，把新卡设为默认，再解绑旧卡。解绑终身只有 3 次，用完后要带证件到卡务中心办。',
  helpBind: '绑卡时说信息对不上？',
  helpBind_how:
    '姓名、证件号、卡号和手机号，都要和办卡时留给银行的一样，而且要是你本人的卡。换过手机号的，先到银行更新，再来绑卡。',
  helpAccount: '付款先扣哪个账户？',
  helpAccount_how:
    '在“付款”页选一卡通或电子钱包。选电子钱包的，先用钱包里的钱；不够时，整笔从默认银行卡付，不会拆成两半。',
  helpRefund: '退款退到哪里？',
  helpRefund_how: '从哪里付的，就退回哪里。退款在账单里是单独的一行，“消息”里也会告诉你。',
  helpLimits: '怎么改付款限额？',
  helpLimits_how: '钱包 → 付款限额。调低马上生效；调高要输支付密码，最高到监管定的上限。',
  helpOffline: '没有网络还能付吗？',
  helpOffline_how:
    '开通了离线付款的手机能，没网时付款码照常更新。十分钟没有联网后，每笔和每天会有额度，写在付款页上；连上网马上恢复。没开通的手机，要联网才有码。',
  helpIdentity: '身份码是做什么用的？',
  helpIdentity_how: '身份码仅用于身份识别，不能付款。收银台要扫的是付款码。',
  helpPrivacy: '我的哪些信息被保存了？',
  helpPrivacy_how:
    '钱包 → 隐私与数据，逐项写着用来做什么、保存什么、怎么撤回，也能把自己的数据导出来。',
} as const
