/**
 * Every error this system can answer, once.
 *
 * `status` is the HTTP status on the wire; 0 means the widget raises it itself and it never travels.
 * `retryable` means: the same request, signed anew, may succeed later and can do no harm.
 * Codes are never renamed, never reused, never shared by two meanings. Rule numbers: docs/rules.md.
 */
export const errorTable = {
  // Transport
  BAD_REQUEST: [400, false, '请求格式不正确', 'The request is not in the documented form'],
  TARGET_INVALID: [
    400,
    false,
    '请求地址的写法不被接受',
    'The request target or Host is not accepted',
  ],
  NOT_FOUND: [404, false, '没有这个地址', 'There is nothing at this address'],
  METHOD_NOT_ALLOWED: [
    405,
    false,
    '这个地址不支持该操作',
    'This address does not take this method',
  ],
  REQUEST_TIMEOUT: [408, true, '请求传输太慢，已中断', 'The request took too long to arrive'],
  BODY_TOO_LARGE: [413, false, '请求内容过大', 'The request body is too large'],
  MEDIA_TYPE_UNSUPPORTED: [
    415,
    false,
    '请用 application/json 发送',
    'Send the body as application/json',
  ],
  RATE_LIMITED: [429, true, '操作太频繁，请稍后再试', 'Too many requests; wait a moment'],
  INTERNAL: [
    500,
    true,
    '系统出错了，我们已记录',
    'Something failed on our side; it has been recorded',
  ],
  CORE_UNREACHABLE: [
    502,
    true,
    '暂时连不上校园卡系统，请稍后再试',
    'The card system cannot be reached right now',
  ],
  UNAVAILABLE: [
    503,
    true,
    '服务正在启动或维护，请稍后再试',
    'The service is starting or under maintenance',
  ],

  // Signatures between services (RFC 9421)
  SIGNATURE_MISSING: [401, false, '请求没有签名', 'The request carries no signature'],
  SIGNATURE_INVALID: [401, false, '请求签名不正确', 'The request signature does not verify'],
  SIGNATURE_EXPIRED: [
    401,
    true,
    '签名时间超出一分钟，请校准时钟',
    'The signature is more than a minute off; check the clock',
  ],
  SIGNATURE_REPLAYED: [
    409,
    true,
    '签名随机数已经用过，请重新签名',
    'This signature nonce was already used; sign again',
  ],
  KEY_UNKNOWN: [401, false, '签名密钥未登记或已停用', 'The signing key is unknown or disabled'],
  KEY_NOT_ALLOWED: [403, false, '该密钥不能执行此操作', 'This key may not do that'],
  DIGEST_MISMATCH: [400, false, '请求内容与摘要不一致', 'The body does not match its digest'],

  // Sessions and proofs (RFC 9449)
  SCHOOL_CREDENTIALS_INVALID: [
    401,
    false,
    '学校编号或密钥不正确',
    'The school id or secret is wrong',
  ],
  SUBJECT_UNKNOWN: [
    404,
    false,
    '学校名单里没有这个学号或工号',
    'The school has no person with this card number',
  ],
  SESSION_MISSING: [401, false, '请先登录', 'Sign in first'],
  SESSION_INVALID: [
    401,
    true,
    '登录状态无效，请重新进入页面',
    'The session is not valid; reopen the page',
  ],
  SESSION_EXPIRED: [
    401,
    true,
    '登录已过期，正在为你续期',
    'The session has expired and is being renewed',
  ],
  PROOF_INVALID: [
    401,
    true,
    '页面凭证无效，请重新进入页面',
    'The proof of key possession is not valid',
  ],
  PROOF_EXPIRED: [
    401,
    true,
    '手机时间与服务器相差太多',
    "The phone's clock differs too much from the server's",
  ],
  PROOF_REPLAYED: [401, true, '请求重复，请再试一次', 'This proof was already used; try again'],
  ORIGIN_NOT_ALLOWED: [
    403,
    false,
    '这个网页不在学校登记的域名里',
    'This page is not on an origin the school has listed',
  ],
  SCOPE_MISSING: [
    403,
    false,
    '当前登录不能使用这项功能',
    'This session was not opened for this feature',
  ],

  // Card (R1, R2, R6)
  CARD_NOT_CLAIMED: [409, false, '请先领取电子校园卡', 'Claim the e-card first'],
  CARD_LOCKED: [
    403,
    false,
    '校园卡已挂失，解挂后才能使用',
    'The card is locked; unlock it to use it',
  ],
  CARD_CLOSED: [403, false, '这张校园卡已注销', 'This card is closed'],
  ACCOUNT_NOT_OPEN: [403, false, '该账户尚未开通', 'This account is not open'],

  // Codes (R5, R18, R28)
  CODE_NOT_RECOGNISED: [
    422,
    false,
    '无法识别这个码，请刷新付款码再试',
    'This code is not recognised; refresh and try again',
  ],
  CODE_EXPIRED: [
    410,
    false,
    '付款码已过期，请出示新的付款码',
    'The code has expired; show the new one',
  ],
  CODE_NOT_YET_VALID: [
    422,
    false,
    '手机时间偏快，联网校准后再试',
    "The phone's clock is ahead; go online to correct it",
  ],
  CODE_USED: [
    409,
    false,
    '付款码已使用过，请出示新的付款码',
    'The code was already used; show the new one',
  ],
  CODE_IDENTITY_ONLY: [
    422,
    false,
    '这是身份码，只用于识别身份，请切换到付款码',
    'This is an identity code and cannot pay; show the payment code',
  ],
  CODE_ACCESS_ONLY: [
    422,
    false,
    '这是通行码，请切换到付款码',
    'This is an access code; show the payment code',
  ],
  CODE_COLLECTION_ONLY: [
    422,
    false,
    '这是商户收款码，由付款人用学校 App 扫码付款；请扫付款人的付款码',
    'This is a merchant’s collection code, for the payer to scan; scan the payer’s payment code',
  ],
  CODE_FOREIGN_NOT_ACCEPTED: [
    422,
    false,
    '这里不收这种付款码，请出示校园付款码',
    'This kind of code is not accepted here; show the campus code',
  ],
  CODE_OTHER_SCHOOL: [422, false, '这是其他学校的付款码', 'This code belongs to another school'],
  DEVICE_CODES_PAUSED: [
    429,
    false,
    '付款码多次核对失败已暂停，联网打开付款页即可恢复',
    'Codes of this phone are paused; open the page online to resume',
  ],
  DEVICE_OFFLINE_CAP: [
    403,
    false,
    '手机离线太久，本次超出离线额度，请联网后再付',
    'This exceeds what a phone without a network may pay; go online',
  ],
  DEVICE_REMOVED: [
    403,
    false,
    '这台手机已停用付款码',
    'Payment codes of this phone are switched off',
  ],

  // Cards and faces at a terminal (R14, R29, R42)
  TOKEN_UNKNOWN: [
    422,
    false,
    '这张卡或这张脸没有在本校登记，请用付款码',
    'This card or face is not registered at this school; use the payment code',
  ],
  AGREEMENT_MISSING: [
    403,
    false,
    '您的电子钱包尚未开通免密支付，请在手机上开通',
    'The password-free agreement of your e-wallet is not signed; sign it on your phone',
  ],
  FACE_CONSENT_MISSING: [
    403,
    false,
    '您尚未同意刷脸支付，请在手机上同意',
    'You have not agreed to paying by face; agree to it on your phone',
  ],

  // Access (R5, R30–R32)
  CONSENT_REQUIRED: [
    409,
    false,
    '需要先同意保存出入记录，才能使用通行码',
    'Agree to the keeping of gate records before using access codes',
  ],
  GATE_DISABLED: [403, false, '这台闸机已停用', 'This gate is disabled'],
  GATE_NOT_PERMITTED: [
    403,
    false,
    '这台闸机没有这项权限，请在学校后台开通',
    'This gate’s key was not given this permission; the card office can grant it',
  ],
  IDENTITY_CODE_INVALID: [
    422,
    false,
    '身份码无效或已过期，请刷新身份码',
    'The identity code is unknown or over; refresh it',
  ],
  IDENTITY_CODE_OTHER_KIND: [
    422,
    false,
    '这不是身份码，请在通行页切换到身份码',
    'This is not an identity code; open it on the access screen',
  ],
  GATHERING_TEACHERS_ONLY: [
    403,
    false,
    '只有教职工可以发起签到',
    'Only staff may open a meeting or attendance session',
  ],
  GATHERING_UNKNOWN: [
    404,
    false,
    '没有这场签到，或不是由你发起',
    'There is no such session of yours',
  ],
  GATHERING_ID_REUSED: [
    409,
    false,
    '这个编号已用于另一场签到',
    'This id was used for another session',
  ],
  ZONE_UNKNOWN: [
    422,
    false,
    '这个地点没有可用的读码器',
    'There is no reader at this place for that purpose',
  ],

  // Money (R13, R15, R22, R33)
  AMOUNT_INVALID: [
    422,
    false,
    '金额必须是大于零的整数分',
    'The amount must be a positive whole number of fen',
  ],
  INSUFFICIENT_FUNDS: [
    402,
    false,
    '余额不足，请充值或更换账户',
    'Not enough money; top up or switch account',
  ],
  OVER_SINGLE_LIMIT: [403, false, '超过单笔限额', 'Over the limit for one payment'],
  OVER_DAILY_LIMIT: [403, false, '超过今日累计限额', "Over today's limit"],
  PASSWORD_REQUIRED: [
    403,
    false,
    '这笔付款需要支付密码，请先设置支付密码',
    'This payment needs a payment password; set one first',
  ],
  BANK_DECLINED: [
    402,
    false,
    '银行卡未能扣款，请换卡或充值',
    'The bank declined; use another card or top up',
  ],
  BANK_UNAVAILABLE: [
    424,
    false,
    '余额不足，且银行暂时无法扣款',
    'Not enough balance, and the bank cannot be reached',
  ],
  ONE_CARD_UNAVAILABLE: [
    424,
    false,
    '一卡通暂时不可用，请改用电子钱包',
    'The one-card account is unavailable; use the wallet',
  ],
  MERCHANT_NOT_ACCEPTING: [403, false, '商户暂停收款', 'The merchant is not accepting payments'],
  TERMINAL_DISABLED: [403, false, '这台终端已停用', 'This terminal is disabled'],
  TERMINAL_PAUSED: [
    429,
    true,
    '连续几次无效，请稍等几秒再试',
    'Too many invalid tries in a row; wait a few seconds',
  ],
  TERMINAL_LOCKED: [
    403,
    false,
    '无效次数过多，终端暂时锁定，请稍后再试或联系卡务中心',
    'Too many invalid tries; the terminal is locked for a while',
  ],
  ORDER_NOT_FOUND: [404, false, '没有这个订单', 'There is no such order'],
  ORDER_NO_REUSED: [
    409,
    false,
    '订单号已用于另一笔内容不同的付款',
    'This order number was used with different content',
  ],
  ORDER_REVERSED: [
    409,
    false,
    '订单已撤销，请用新的订单号',
    'The order was reversed; use a new order number',
  ],
  ORDER_NOT_PAID: [
    409,
    false,
    '订单未支付，不能退款',
    'The order is not paid, so it cannot be refunded',
  ],
  ORDER_REFUNDED: [
    409,
    false,
    '订单已有退款，不能再撤销',
    'The order has refunds, so it cannot be reversed',
  ],
  REVERSAL_TOO_LATE: [
    409,
    false,
    '这笔订单已过可撤销的期限，请退款',
    'It is too late to reverse this order; refund it instead',
  ],
  REFUND_NOT_FOUND: [404, false, '没有这笔退款', 'There is no such refund'],
  REFUND_NO_REUSED: [
    409,
    false,
    '退款单号已用于另一笔退款',
    'This refund number was used with different content',
  ],
  REFUND_DECLINED: [
    409,
    false,
    '原付款渠道未能退回，请用其他方式退款',
    'It cannot be returned to where it was paid from; return the money another way',
  ],
  REFUND_EXCEEDS_PAYMENT: [
    409,
    false,
    '退款金额超过可退金额',
    'The refund exceeds what is left of the payment',
  ],

  // Collection codes and online orders (R24, R25, R38)
  COLLECTION_NOT_HERE: [
    403,
    false,
    '这里不能付商户的收款码，请在学校 App 里“扫一扫”付款',
    'Merchants’ printed codes are not paid here: scan it in the school’s app',
  ],
  COLLECTION_UNKNOWN: [
    422,
    false,
    '这不是本校的收款码，或已停用',
    'This is not a collection code of this school, or it was withdrawn',
  ],
  OVER_STATIC_LIMIT: [
    403,
    false,
    '超过今日扫码付款限额，请向商户出示付款码',
    "Over today's limit for scanning printed codes; show your payment code instead",
  ],
  ORDER_CLOSED: [410, false, '订单已关闭，请重新下单', 'The order is closed; order again'],
  ORDER_ALREADY_PAID: [409, false, '订单已支付', 'The order is paid already'],
  ORDER_BEING_PAID: [
    409,
    true,
    '订单正在支付，请稍候',
    'The order is being paid at this moment; wait for it',
  ],
  PRICE_CHANGED: [
    409,
    false,
    '价格刚刚变了，请看清金额再付',
    'The price has just changed; look at it again before you pay',
  ],

  // Showers and utilities (R26, R39)
  WATER_PASSWORD_WRONG: [
    403,
    false,
    '洗浴号或用水密码不对',
    'The bath number or the water password is wrong',
  ],
  WATER_PASSWORD_LOCKED: [
    403,
    false,
    '用水密码已锁定，请在手机洗浴页重新设置',
    'The water password is locked; set it again in the shower page on your phone',
  ],
  WATER_PASSWORD_SAME: [
    422,
    false,
    '用水密码不能和支付密码相同',
    'The water password must differ from the payment password',
  ],
  WATER_BALANCE_TOO_LOW: [
    402,
    false,
    '钱包余额不够用水预扣（至少 15 元），请先充值',
    'The wallet holds too little for a shower, ¥15.00 at least; top up first',
  ],
  WATER_IN_USE: [
    409,
    false,
    '你已在另一处用水，请在那里或手机洗浴页结束',
    'You have the water on elsewhere; end it there or on your phone',
  ],
  WATER_SESSION_UNKNOWN: [404, false, '没有这次用水', 'There is no such shower session'],
  WATER_SESSION_ENDED: [409, false, '这次用水已结束', 'This shower session is over'],
  WATER_READING_IMPOSSIBLE: [
    422,
    false,
    '水表读数不可信，已按可信的部分计费',
    'The meter reading cannot be right; what can be believed was counted',
  ],
  UTILITY_UNKNOWN: [404, false, '没有这项缴费', 'There is no such utility here'],
  UTILITY_ACCOUNT_UNKNOWN: [
    422,
    false,
    '没有找到这个房间或账号，请核对',
    'The room or account was not found; check it',
  ],
  UTILITY_NOT_REACHABLE: [
    503,
    true,
    '缴费系统暂时连不上，请稍后再试',
    'The utility cannot be reached right now; try again later',
  ],

  // WeChat (R27, R28)
  WECHAT_NOT_OFFERED: [403, false, '学校没有开通微信付款', 'The school does not take WeChat codes'],
  WECHAT_NOT_BOUND: [
    403,
    false,
    '这个微信还没有认证，请在校园卡钱包里做微信认证，或出示校园付款码',
    'This WeChat is not bound to a card; bind it in the wallet, or show the campus payment code',
  ],
  WECHAT_DECLINED: [
    402,
    false,
    '微信没有扣款，请换一种方式付款',
    'WeChat did not take the payment; pay another way',
  ],
  WECHAT_TIMED_OUT: [
    403,
    false,
    '没有及时在微信里输入密码，请重新付款',
    'The WeChat password was not entered in time; pay again',
  ],
  WECHAT_UNAVAILABLE: [
    424,
    false,
    '微信支付暂时不可用，请出示校园付款码',
    'WeChat Pay cannot be reached right now; show the campus payment code',
  ],

  // Signing in by a channel (R2b, R27), tickets (R36)
  WECHAT_SIGN_IN_NOT_OFFERED: [
    403,
    false,
    '学校没有开通微信登录',
    'The school does not let people sign in by WeChat',
  ],
  WECHAT_CODE_INVALID: [
    403,
    true,
    '微信登录码已失效，请重试',
    'This WeChat sign-in code is used or too old; get a new one',
  ],
  WECHAT_SIGN_IN_UNAVAILABLE: [
    424,
    true,
    '暂时连不上微信，请稍后再试',
    'WeChat cannot be reached right now; try again later',
  ],
  TICKET_INVALID: [
    403,
    false,
    '登录凭证已失效，请返回重新进入',
    'This ticket is used, too old or for another page; go back and enter again',
  ],
  SIGN_IN_ENDED: [
    401,
    false,
    '登录已结束，请重新进入页面',
    'This sign-in is over; open the page again',
  ],
  SERVICE_UNKNOWN: [404, false, '没有这项服务', 'There is no such service'],
  SESSION_KEY_MISSING: [
    403,
    false,
    '请在校园卡页面里进行该操作',
    'This needs a session with a page key; open it in the web page',
  ],

  // Onboarding (R35)
  SCHOOL_EXISTS: [409, false, '这个学校编号已经建好了', 'There is a school with this id already'],
  SCHOOL_UNKNOWN: [404, false, '没有这个学校', 'There is no such school'],
  SCHOOL_NOT_SOUND: [
    422,
    false,
    '资料里有重复或对不上的名字，什么也没有写入',
    'Something is named twice, or names what is not there; nothing was written',
  ],
  KEY_OWNER_UNKNOWN: [404, false, '没有这个终端、闸机或学校', 'Nobody of that id has a key'],

  // Wallet (R9–R12, R14, R15)
  BINDING_HOLDER_MISMATCH: [
    422,
    false,
    '姓名或证件号与银行登记的不一致，请核对；仍不符请联系发卡银行',
    "Name or ID number differ from the bank's record; check them, or ask the card's bank",
  ],
  BINDING_NOT_OWN_CARD: [
    422,
    false,
    '只能绑定本人的银行卡；姓名与学校登记的不一致时请联系卡务中心',
    "Only your own card can be bound; if the school's record has your name wrong, ask the card office",
  ],
  BINDING_CARD_MISMATCH: [
    422,
    false,
    '银行卡号不正确，请核对卡面',
    'The card number is not right; check the card',
  ],
  BINDING_PHONE_MISMATCH: [
    422,
    false,
    '手机号不是这张卡在银行预留的号码，可到银行更新预留手机号',
    'The phone is not the one reserved at the bank; the bank can update it',
  ],
  BINDING_UNKNOWN: [
    404,
    false,
    '绑卡已失效，请重新填写',
    'This card check is gone; enter the card again',
  ],
  BANK_NOT_SUPPORTED: [
    422,
    false,
    '暂不支持这家银行，请换一张卡',
    'This bank is not supported; use another card',
  ],
  BANK_CARD_CLOSED: [
    422,
    false,
    '这张银行卡已注销或停用，请换一张卡',
    'This card is closed or stopped; use another',
  ],
  BANK_NOT_REACHABLE: [
    503,
    true,
    '暂时连不上银行，请稍后再试',
    'The bank cannot be reached right now; try again later',
  ],
  FACE_CHECK_NEEDED: [
    409,
    false,
    '学校要求刷脸核验后才能开通钱包，请同意刷脸核验并重新绑卡',
    'Your school asks for a face check before a wallet is opened; agree to it and bind your card',
  ],
  FACE_CHECK_NOT_SET_UP: [
    503,
    false,
    '学校要求刷脸核验，但还没有接通，请联系卡务中心',
    'Your school asks for a face check but has none set up yet; ask the card office',
  ],
  FACE_CHECK_NOT_REACHABLE: [
    503,
    true,
    '暂时连不上刷脸核验，请一分钟后再试',
    'The face check cannot be reached right now; try again in a minute',
  ],
  FACE_CHECK_FAILED: [
    403,
    false,
    '刷脸核验没有通过，请换个光线好的地方，重新绑卡再试；仍不行请带证件到卡务中心',
    'The face check was not passed; bind the card again in good light, or bring your ID to the card office',
  ],
  FACE_CHECK_EXPIRED: [
    410,
    false,
    '刷脸核验没有按时完成，请重新绑卡再做一次',
    'The face check was not done in time; bind the card again',
  ],
  FACE_CHECK_UNKNOWN: [404, false, '没有这次刷脸核验', 'There is no such face check'],
  CARD_ALREADY_BOUND: [409, false, '这张卡已经绑定', 'This card is already bound'],
  CARD_NOT_BOUND: [404, false, '没有绑定这张银行卡', 'This bank card is not bound'],
  UNBINDS_EXHAUSTED: [
    403,
    false,
    '解绑次数已用完（终身 3 次），请联系卡务中心',
    'All three unbinds of a lifetime are used; ask the card office',
  ],
  REOPENS_EXHAUSTED: [
    403,
    false,
    '重新开通次数已用完（最多 3 次），请联系卡务中心',
    'The wallet was re-opened three times already; ask the card office',
  ],
  BALANCE_NOT_ZERO: [
    409,
    false,
    '钱包还有余额，请先提现或用完再注销',
    'There is money in the wallet; withdraw or spend it first',
  ],
  TRANSFER_PENDING: [
    409,
    true,
    '还有未完成的充值、提现或付款，完成后再试',
    'A top-up, withdrawal or payment is still under way; try again when it is done',
  ],
  TRANSFER_ID_REUSED: [
    409,
    false,
    '这个流水号已用于另一笔内容不同的操作',
    'This transfer id was used with different content',
  ],
  TRANSFER_NOT_FOUND: [404, false, '没有这笔充值或提现', 'There is no such top-up or withdrawal'],
  LIMIT_ABOVE_CEILING: [
    422,
    false,
    '超过监管允许的上限，请调低',
    'Above what the regulator allows; choose less',
  ],
  LIMIT_SINGLE_ABOVE_DAILY: [
    422,
    false,
    '单笔限额不能高于每日限额',
    'The limit for one payment cannot exceed the daily limit',
  ],

  // Payment password (R16)
  PASSWORD_NOT_SET: [409, false, '请先设置支付密码', 'Set a payment password first'],
  PASSWORD_ALREADY_SET: [409, false, '已经设置过支付密码', 'A payment password is already set'],
  PASSWORD_WRONG: [403, false, '支付密码不对', 'The payment password is wrong'],
  PASSWORD_TOO_SIMPLE: [
    422,
    false,
    '密码太简单，请不要用连续或相同的数字',
    'Too easy to guess; avoid runs and repeated digits',
  ],
  PASSWORD_LOCKED: [
    403,
    false,
    '支付密码已锁定，验证身份后可重设',
    'The payment password is locked; verify yourself to set it again',
  ],
  PASSWORD_DECLINED: [403, false, '你取消了这笔付款', 'You cancelled this payment'],
  PASSWORD_TIMED_OUT: [
    403,
    false,
    '没有及时输入支付密码，请重新付款',
    'The payment password was not entered in time; pay again',
  ],
  PAYMENT_NOT_WAITING: [
    409,
    false,
    '这笔付款已不在等待确认',
    'This payment is no longer waiting for you',
  ],
  PASSWORD_RESET_AT_OFFICE: [
    409,
    false,
    '没有绑定银行卡，请到卡务中心重设支付密码',
    'No bank card is bound; the card office resets the payment password',
  ],
  VERIFY_BY_BANK_CARD: [409, false, '请用已绑定的银行卡验证', 'Verify with your bound bank card'],
  VERIFICATION_INVALID: [
    403,
    false,
    '验证已失效，请重新验证',
    'This verification is no longer valid; verify again',
  ],
  APPROVAL_INVALID: [
    403,
    false,
    '这次密码确认已失效，请重新确认',
    'This approval is no longer valid; approve again',
  ],
  RETURN_ADDRESS_NOT_ALLOWED: [
    422,
    false,
    '返回地址不在学校登记的域名里',
    "The return address is not on one of the school's origins",
  ],

  // Device enrolment (codes.md, "Enrolling a payment device")
  ENROLMENT_UNKNOWN: [
    404,
    false,
    '验证已失效，请重新获取验证码',
    'This enrolment is gone; ask for a new code',
  ],
  DEVICE_KEY_INVALID: [
    422,
    false,
    '设备公钥无效',
    'The device public key is not a valid P-256 point',
  ],
  DEVICE_UNKNOWN: [404, false, '没有这台设备', 'There is no such device'],
  PHONE_MISSING: [
    409,
    false,
    '学校没有登记你的手机号，请联系卡务中心',
    'The school holds no phone number for you; ask the card office',
  ],
  SMS_TOO_SOON: [429, true, '验证码刚发过，请稍等一分钟', 'A code was just sent; wait a minute'],
  SMS_UNAVAILABLE: [
    503,
    true,
    '短信暂时发不出去，请稍后再试',
    'Text messages cannot be sent right now',
  ],
  SMS_CODE_WRONG: [
    403,
    false,
    '验证码不对，请核对短信',
    'The code is wrong; check the text message',
  ],
  SMS_CODE_EXPIRED: [
    410,
    false,
    '验证码已过期，请重新获取',
    'The code has expired; ask for a new one',
  ],
  SMS_TRIES_EXHAUSTED: [
    429,
    false,
    '验证码错误次数过多，请重新获取',
    'Too many wrong codes; ask for a new one',
  ],

  // Notices and personal data (R41, R42)
  NOTICE_UNKNOWN: [404, false, '没有这条通知', 'There is no such notice'],
  CONSENT_CARD_IN_USE: [
    409,
    false,
    '校园卡使用期间不能撤回；如需注销校园卡，请联系卡务中心',
    'This stands while you have the e-card; to close the card, ask the card office',
  ],
  CONSENT_BANK_CARD_BOUND: [
    409,
    false,
    '还有已绑定或正在绑定的银行卡，全部解绑后才能撤回',
    'A bank card is bound or being bound; unbind all of them first',
  ],

  // Staff at the console (docs/console.md)
  STAFF_SIGN_IN_WRONG: [
    401,
    false,
    '登录名、密码或动态码不正确',
    'Name, password or code is wrong',
  ],
  STAFF_SIGN_IN_LOCKED: [
    429,
    true,
    '连续输错五次，请稍后再试，或请另一位管理员重置',
    'Five wrong entries; wait, or ask another admin for a reset',
  ],
  STAFF_SESSION_ENDED: [401, false, '登录已结束，请重新登录', 'You are signed out; sign in again'],
  STAFF_ROLE_MISSING: [
    403,
    false,
    '您的岗位不能做这项操作',
    'Your role does not include this operation',
  ],
  STAFF_SET_UP_INVALID: [
    410,
    false,
    '这个开通码已使用或已过期，请向管理员再要一个',
    'This set-up code is used or too old; ask an admin for another',
  ],
  STAFF_PASSWORD_WEAK: [
    422,
    false,
    '密码至少 12 位，不能太简单，也不能包含登录名',
    'At least 12 characters, not a simple row, and without the name',
  ],
  STAFF_TOTP_WRONG: [
    422,
    false,
    '动态码不正确，请检查手机时间后再试',
    "The code is wrong; check the phone's clock and try again",
  ],
  STAFF_NAME_TAKEN: [409, false, '这个登录名已被使用', 'This name is taken'],
  STAFF_NOT_ONESELF: [409, false, '这一步必须由另一个人来做', 'This step takes somebody else'],
  STAFF_TASK_DECIDED: [
    409,
    false,
    '这件事已有人提出或处理过了',
    'This has been asked for or decided already',
  ],

  // Raised in the page by the widget itself
  OPTIONS_INVALID: [0, false, '组件参数不正确', 'The widget was created with wrong options'],
  MOUNT_TARGET_MISSING: [
    0,
    false,
    '找不到放置组件的元素',
    'The element to mount into was not found',
  ],
  LOAD_FAILED: [
    0,
    true,
    '组件没有加载成功，请检查网络',
    'The widget could not be loaded; check the network',
  ],
  NETWORK_LOST: [0, true, '网络不通，请检查网络', 'There is no network'],
  SESSION_PROVIDER_FAILED: [
    0,
    true,
    '无法续期登录，请重新进入页面',
    'The page could not renew the session; reopen it',
  ],
  SIGN_IN_FAILED: [
    0,
    true,
    '登录没有成功，请重新进入页面',
    'Signing in did not work; open the page again',
  ],
  SIGN_IN_IMPOSSIBLE: [
    0,
    false,
    '请从学校 App、公众号或小程序进入',
    "Come from the school's app, official account or mini-program",
  ],
  ENGINE_UNSUPPORTED: [
    0,
    false,
    '当前浏览器版本过低，请升级后使用',
    'This browser is too old for payment codes',
  ],
  DESTROYED: [0, false, '组件已销毁', 'The widget was destroyed'],
} as const satisfies Record<
  string,
  readonly [status: number, retryable: boolean, zh: string, en: string]
>

/** A stable error code, for example `CODE_EXPIRED`. */
export type ErrorCode = keyof typeof errorTable

/** The sentence for a person, in both languages. */
export interface Sentences {
  'zh-CN': string
  en: string
}

/** One row of the table, by name. */
export function describeError(code: ErrorCode): {
  status: number
  retryable: boolean
  sentences: Sentences
} {
  const [status, retryable, zh, en] = errorTable[code]
  return { status, retryable, sentences: { 'zh-CN': zh, en } }
}

/** True for a code of this table, which guards answers from other versions of us. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value)
}
