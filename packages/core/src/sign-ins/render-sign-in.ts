import { escapeHtml, type Locale, PUBLIC_STYLE, type PublicPage } from '../http/public-page.ts'
import type { BindRefusal } from './bind-by-password.ts'
import { SIGN_IN_PATHS } from './offered.ts'
import { LOCK_MINUTES } from './password-tries.ts'

/** Of which the page shows something. */
export interface PageSchool {
  name: string
  name_en: string
  accent: string
  support_contact: string
}

export const SCRIPT_PATH = '/wechat/sign-in/page.js'

const words = {
  'zh-CN': {
    title: '验证身份',
    lead: '首次用这个微信进入校园卡，请验证一次。以后用这个微信即可直接进入。',
    cardNo: '学号 / 工号',
    cardNoHint: '校外人员填写学校给的编号',
    password: '校园卡密码',
    passwordHint: '在一卡通服务处办卡时设的密码，不是支付密码',
    submit: '验证并进入',
    wait: '正在核对…',
    forgotten: '忘记校园卡密码',
    forgottenMore: '校园卡密码不能在网上重置，请带证件到学校一卡通服务处办理。',
    careful: '密码只用来向学校一卡通系统核对，不会保存，微信和学校的页面都看不到。',
    wrong: '学号或密码不对，请核对后再试。',
    locked: `连续输错次数太多，请 ${LOCK_MINUTES} 分钟后再试，或到一卡通服务处重置密码。`,
    not_listed: '密码正确，但校园卡名单里没有你，请联系学校卡务中心。',
    unavailable: '学校一卡通系统暂时没有响应，密码没有被核对，请稍后再试。',
    overTitle: '这个页面已失效',
    over: '请返回学校的页面，重新进入校园卡。',
    snapshotTitle: '请使用完整服务',
    snapshot:
      '微信现在显示的是预览页，无法确认你的身份。请点右下角的「使用完整服务」，再点下面的按钮。',
    snapshotGo: '我已使用完整服务，继续',
    troubleTitle: '暂时打不开',
    trouble: '请稍后再试。',
    doneTitle: '验证完成',
    done: '正在返回小程序。以后用这个微信即可直接进入。',
    doneGo: '返回小程序',
    openTitle: '正在打开…',
    openLost: '没有打开，请返回小程序重新进入。',
    elsewhereTitle: '请在小程序里打开',
    elsewhere: '为防止他人冒用，这一页只能从学校的小程序进入。',
    noScript: '请返回小程序重新进入。',
  },
  en: {
    title: 'Confirm who you are',
    lead: 'This is the first time that this WeChat opens the campus card. Confirm once; from then on it opens by itself.',
    cardNo: 'Student or staff number',
    cardNoHint: 'Or the number that the school gave you',
    password: 'Campus-card password',
    passwordHint: 'Set at the one-card office with your card. It is not the payment password',
    submit: 'Confirm and continue',
    wait: 'Checking…',
    forgotten: 'Forgotten the campus-card password',
    forgottenMore:
      'It cannot be reset online. Take your ID to the school’s one-card office and have it reset there.',
    careful:
      'The password is checked with the school’s one-card system and not kept. Neither WeChat nor the school’s page sees it.',
    wrong: 'Number or password is wrong. Check both and try again.',
    locked: `Too many wrong tries. Wait ${LOCK_MINUTES} minutes, or have the password reset at the one-card office.`,
    not_listed:
      'The password is right, but the card list has nobody like you. Ask the card office.',
    unavailable:
      'The school’s one-card system does not answer, so the password was not checked. Try again later.',
    overTitle: 'This page is no longer valid',
    over: 'Go back to the school’s page and open the campus card again.',
    snapshotTitle: 'Full service is needed',
    snapshot:
      'WeChat shows a preview of the page and does not say who you are. Tap “Use full service” (使用完整服务) at the bottom right, then the button below.',
    snapshotGo: 'I use the full service; continue',
    troubleTitle: 'It cannot be opened right now',
    trouble: 'Please try again later.',
    doneTitle: 'Done',
    done: 'Going back to the mini-program. From now on this WeChat opens it by itself.',
    doneGo: 'Back to the mini-program',
    openTitle: 'Opening…',
    openLost: 'It did not open. Go back to the mini-program and try again.',
    elsewhereTitle: 'Open this in the mini-program',
    elsewhere:
      'So that nobody can act for you, this page opens from the school’s mini-program alone.',
    noScript: 'Go back to the mini-program and try again.',
  },
} as const

const STYLE = `${PUBLIC_STYLE}
:root{--on-accent:#fff;--field:#fff;--bad:#b42318;--bad-bg:#fdeeec}
@media (prefers-color-scheme:dark){:root{--field:#12151a;--bad:#ff9d92;--bad-bg:#3a1f1c}}
.school{display:flex;align-items:center;margin:0 0 18px;color:var(--text-2);font-size:14px}
.school::before{width:10px;height:10px;margin-right:8px;border-radius:50%;background:var(--accent);content:""}
label{display:block;margin:0 0 4px;font-weight:600}
.hint{margin:8px 0 16px;color:var(--text-2);font-size:13px}
input{width:100%;height:50px;border:1px solid #868e9c;border-radius:10px;padding:0 14px;background:var(--field);color:inherit;font:inherit;font-size:17px;-webkit-appearance:none;appearance:none}
input:focus,button:focus,a:focus,summary:focus{outline:3px solid var(--text);outline-offset:1px}
button,.go{display:block;width:100%;min-height:50px;border:0;border-radius:12px;padding:13px 16px;background:var(--accent);color:var(--on-accent);font:inherit;font-size:17px;font-weight:600;text-align:center;text-decoration:none;-webkit-appearance:none;appearance:none}
button:disabled{opacity:.6}
.bad{margin:0 0 16px;border-radius:10px;padding:12px 14px;background:var(--bad-bg);color:var(--bad)}
details{margin:20px 0 0;border-top:1px solid var(--line);padding:14px 0 0}
summary{color:var(--text-2);cursor:pointer}
details p{margin:10px 0 0;font-size:14px}
.careful{margin:16px 0 0;color:var(--text-2);font-size:13px}
.lost-only{display:none}
.lost .lost-only{display:block}
.lost .opening{display:none}`

const ANSWERS = { wrong: 422, locked: 429, not_listed: 403, unavailable: 503 } as const

/** What the page shows of a form that did not do. The password is typed again. */
export interface BindFault {
  refused: Exclude<BindRefusal, 'over'>
  cardNo: string
}

/** Number and password, with R3's sentence. Nothing foreign runs where they are typed. */
export function renderBind(
  locale: Locale,
  school: PageSchool,
  secret: string,
  formOrigins: string[],
  fault?: BindFault,
): { status: 200 | 403 | 422 | 429 | 503; page: PublicPage } {
  const t = words[locale]
  const described = fault ? ' aria-describedby="fault"' : ''
  const said = fault ? `<p class="bad" id="fault" role="alert">${t[fault.refused]}</p>\n` : ''
  const cardNo = escapeHtml(fault?.cardNo ?? '')
  const [first, second] = fault ? ['', ' autofocus'] : [' autofocus', '']
  return {
    status: fault ? ANSWERS[fault.refused] : 200,
    page: {
      locale,
      title: t.title,
      style: styleOf(school),
      scriptPath: SCRIPT_PATH,
      formOrigins,
      main: `${nameOf(locale, school)}<h1>${t.title}</h1><p>${t.lead}</p>
${said}<form method="post" action="${SIGN_IN_PATHS.bind}">
<input type="hidden" name="page" value="${escapeHtml(secret)}">
<label for="card">${t.cardNo}</label>
<input id="card" name="cardNo" value="${cardNo}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="32" required${described}${first}>
<p class="hint">${t.cardNoHint}</p>
<label for="password">${t.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="64" required${described}${second}>
<p class="hint">${t.passwordHint}</p>
<button type="submit" data-wait="${t.wait}">${t.submit}</button>
</form>
<p class="careful">${t.careful}</p>
<details${fault ? ' open' : ''}><summary>${t.forgotten}</summary><p>${t.forgottenMore}</p><p>${escapeHtml(school.support_contact)}</p></details>`,
    },
  }
}

/** Of a mini-program: its web-view is left, by WeChat's own script. */
export function renderDone(locale: Locale, school: PageSchool, foreignScript: string): PublicPage {
  const t = words[locale]
  return {
    locale,
    title: t.doneTitle,
    style: styleOf(school),
    scriptPath: SCRIPT_PATH,
    foreignScript,
    step: 'done',
    main: `${nameOf(locale, school)}<h1>${t.doneTitle}</h1><p>${t.done}</p>
<button type="button" id="back">${t.doneGo}</button>`,
  }
}

/** Begins a mini-program's web-view: what is in the address's fragment is sent on in a body. */
export function renderOpen(locale: Locale): PublicPage {
  const t = words[locale]
  return {
    locale,
    title: t.openTitle,
    style: STYLE,
    scriptPath: SCRIPT_PATH,
    formOrigins: [],
    step: 'open',
    main: `<h1 class="opening">${t.openTitle}</h1><p class="lost-only">${t.openLost}</p>
<form method="post" action="${SIGN_IN_PATHS.miniProgram}"><input type="hidden" name="page"></form>
<noscript><p>${t.noScript}</p></noscript>`,
  }
}

export function renderSnapshot(locale: Locale, school: PageSchool, secret: string): PublicPage {
  const t = words[locale]
  return {
    locale,
    title: t.snapshotTitle,
    style: styleOf(school),
    main: `${nameOf(locale, school)}<h1>${t.snapshotTitle}</h1><p>${t.snapshot}</p>
<a class="go" referrerpolicy="origin" href="${SIGN_IN_PATHS.start}?s=${escapeHtml(secret)}">${t.snapshotGo}</a>`,
  }
}

/** There is nothing here, or not now. */
export function renderSignInNotice(
  locale: Locale,
  reason: 'over' | 'elsewhere' | 'trouble',
): PublicPage {
  const t = words[locale]
  const title = t[`${reason}Title`]
  return { locale, title, style: STYLE, main: `<h1>${title}</h1><p>${t[reason]}</p>` }
}

function nameOf(locale: Locale, { name, name_en: nameEn }: PageSchool): string {
  return `<p class="school">${escapeHtml(locale === 'en' ? nameEn : name)}</p>`
}

// The importer takes colours of this form alone.
function styleOf({ accent }: PageSchool): string {
  return /^#[0-9a-f]{6}$/.test(accent) ? `${STYLE}\n:root{--accent:${accent}}` : STYLE
}
