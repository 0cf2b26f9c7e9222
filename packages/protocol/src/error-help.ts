import type { ErrorCode } from './errors.ts'

/**
 * Why each error happens and what mends it, for developers and operators; what a person reads is in the
 * error table. docs/errors.md and the BFF's pages at /errors/<CODE> are made of it.
 */
export const errorHelp: { readonly [code in ErrorCode]?: readonly [cause: string, fix: string] } = {
  // Transport
  BAD_REQUEST: [
    'A member of the body or the query is missing, misspelt, of the wrong type or out of range, or the body is no JSON. `fields` in the answer lists the paths that are wrong, never their values.',
    'Compare the members in `fields` with the OpenAPI document (`/openapi.json`). Unknown members are refused, too, so look for misspellings first.',
  ],
  TARGET_INVALID: [
    'The path or the Host header is written in a way that two programs could read differently: doubled slashes, encoded dots, a second Host.',
    'Send the path as documented. If your code does, a proxy before the service rewrites it: let it pass path and Host unchanged.',
  ],
  NOT_FOUND: [
    'There is nothing at this address: a misspelt path, a method on another service, or an exact SDK version that this BFF no longer keeps.',
    'Check the path against `/openapi.json`. For `/<version>/ecode.js` see which version is served in `/v1/manifest.json` (docs/upgrade.md).',
  ],
  METHOD_NOT_ALLOWED: [
    'The address exists, and takes another method. The `allow` header of the answer says which.',
    'Use that method. A POST that arrives as GET was redirected on its way: call the final https address directly.',
  ],
  REQUEST_TIMEOUT: [
    'The body did not arrive within ten seconds: a very slow network, or a content-length that is longer than the body.',
    'Send it again. If it always happens, the client announces more bytes than it sends.',
  ],
  BODY_TOO_LARGE: [
    'The body is larger than any documented request can be.',
    'Send only the documented members; nothing here takes pictures or files.',
  ],
  MEDIA_TYPE_UNSUPPORTED: [
    'The body was not sent as `application/json`.',
    'Set `content-type: application/json`. An HTML form or `curl -d` without the header sends another type.',
  ],
  RATE_LIMITED: [
    'More requests than one person, school or address may make in a short time. `retry-after` says when the next one is welcome.',
    'Wait for `retry-after`. A loop that asks on every rendering is the usual reason; another, where nobody is signed in yet, proxies that the BFF was not told of (`BFF_PROXIES`), so that a whole campus is one address.',
  ],
  INTERNAL: [
    'A fault of ours. It is in the log under the `requestId` of the answer.',
    'Try again with the same order number or idempotency key, which can do no harm. If it stays, give the operator the `requestId`.',
  ],
  CORE_UNREACHABLE: [
    'The BFF is there, the card core behind it did not answer in time or not with a valid signature.',
    'Wait; codes that phones draw by themselves still work at tills. Operators: is the core up (`/readyz`), do `CORE_URL` and the keys of both sides match, is its clock right?',
  ],
  UNAVAILABLE: [
    'The service is starting, stopping or has lost its database.',
    'Wait and try again. Operators: `/readyz` and the log of the process say what it waits for.',
  ],

  // Signatures between services
  SIGNATURE_MISSING: [
    'A call to the core, or to a port, came without `signature` and `signature-input`.',
    'Sign it (docs/core-api.md, "Signatures"). Proxies that drop unknown headers are the other reason.',
  ],
  SIGNATURE_INVALID: [
    'The signature does not fit what arrived: another key, another origin than the one configured, a body or a header that changed on the way.',
    'Check the signer against the vectors in docs/core-api.md; then compare the signed `@target-uri` with the origin that the receiver is configured for.',
  ],
  SIGNATURE_EXPIRED: [
    '`created` is more than a minute away from the receiver’s clock.',
    'Set the clock by NTP, and sign at the moment of sending, also when sending again.',
  ],
  SIGNATURE_REPLAYED: [
    'The nonce was seen before: the same signed request was sent twice.',
    'Sign anew for each sending. The order number or idempotency key stays the same, the nonce does not.',
  ],
  KEY_UNKNOWN: [
    'No key is registered under this key id, or it was switched off.',
    'Use the key id that was given out at registration. After a rotation the old key lives only as long as was chosen then.',
  ],
  KEY_NOT_ALLOWED: [
    'The key is genuine and belongs to somebody who may not make this call, for example a till’s key on a merchant’s address.',
    'Use the key of the right party. If it should be allowed, the operator has to grant it.',
  ],
  DIGEST_MISMATCH: [
    '`content-digest` is not the hash of the body that arrived.',
    'Hash exactly the bytes that are sent, after serialising, and send them once. A middleware that re-formats JSON breaks it.',
  ],

  // Sessions and proofs
  SCHOOL_CREDENTIALS_INVALID: [
    'Your server called with a school id and secret that do not belong together, or the secret was rotated.',
    'Basic authentication is `<school id>:<secret>`; check both for quotes and line ends from an environment file, and that the secret is the current one.',
  ],
  SUBJECT_UNKNOWN: [
    'The school has no person with this `cardNo`.',
    'Send the student or staff number as it is in the school’s import, not an id of your own, and as text: a number loses its leading zeros. New people appear after the next import.',
  ],
  SESSION_MISSING: [
    'The call has no session: nobody is signed in, or the person has signed out.',
    'Mount the widget after the person has signed in on your site. After `signOut()` make a new widget for the next person.',
  ],
  SESSION_INVALID: [
    'The token is not one of this BFF’s: cut off, of another environment, or sealed by a key that is gone after two rotations.',
    'The widget asks for a new one by itself. If it stays, your server hands out tokens of another BFF, or the BFF processes have different `SESSION_KEY`s.',
  ],
  SESSION_EXPIRED: [
    'The token’s ten minutes are over.',
    'The widget renews it through your `session` function. If people see it, that function answers with a token it has kept: ask the BFF anew each time.',
  ],
  PROOF_INVALID: [
    'The proof of the page’s key does not fit the session or the request, mostly because your server passed on another thumbprint than the page gave.',
    'Pass `thumbprint` on unchanged and give each page the session that was opened for it; never share one between pages or keep it in a cookie.',
  ],
  PROOF_EXPIRED: [
    'The phone’s clock differs from the server’s. The widget learns the difference from the answer and tries once more by itself.',
    'Nothing, as a rule. If it stays, the answer’s `date` header does not reach the page: let proxies keep it.',
  ],
  PROOF_REPLAYED: [
    'The same proof came twice, as when a proxy repeats a request.',
    'Switch off automatic repeating of POST in proxies. The widget makes a new proof for each request.',
  ],
  ORIGIN_NOT_ALLOWED: [
    'The page’s origin (scheme, host and port) is not in the school’s list; or a page asked `POST /v1/sessions` itself, which only servers may.',
    'Have the operator add the exact origin that the browser’s address bar shows: `https://card.school.edu` is not `https://www.school.edu`. Keep the session call on your server.',
  ],
  SCOPE_MISSING: [
    'Your server opened the session with `scopes` that leave this feature out.',
    'Add the scope (`card`, `pay`, `bill`, `wallet`, `access`, `collection`), or leave `scopes` out for all of them.',
  ],

  // Card
  CARD_NOT_CLAIMED: [
    'The person has an e-card and has not claimed it yet.',
    'The widget leads them through it. At a till: ask them to open their card on the phone first.',
  ],
  CARD_LOCKED: [
    'The person, or the card office, has reported the card lost.',
    'The person unlocks it in the widget or at the card office. Nothing is to be done in the page.',
  ],
  CARD_CLOSED: [
    'The person has left the school, or the card was closed.',
    'Only the card office can open another. Do not show the widget to people who have left.',
  ],
  ACCOUNT_NOT_OPEN: [
    'The code or the call names an account that the person does not have, mostly a wallet that was never opened.',
    'The person opens it in the widget’s wallet, or chooses the other account.',
  ],

  // Codes
  CODE_NOT_RECOGNISED: [
    'The scanned text is no genuine code: cut off, altered, of another environment, or of a phone whose key is unknown here.',
    'Scan again with the code freshly drawn. If all codes of one till fail, its scanner adds a prefix or drops characters: pass on exactly what the code holds.',
  ],
  CODE_EXPIRED: [
    'The code is older than it may be (docs/codes.md): a screenshot, a page that was asleep, or a phone whose clock is slow.',
    'Scan the code that is on display now. If one phone always fails, it has to go online once to learn the time.',
  ],
  CODE_NOT_YET_VALID: [
    'The phone’s clock is ahead by more than is forgiven.',
    'Open the page with a network once; it learns the difference. Tills: is the core’s clock right?',
  ],
  CODE_USED: [
    'A code pays once, and this one has.',
    'Scan the next code. If the first scan’s answer was lost, ask for the order by its number instead of scanning again.',
  ],
  CODE_IDENTITY_ONLY: [
    'The person shows the identity code, which says who they are and cannot pay.',
    'Ask for the payment code (付款). A reader for meetings or attendance uses the gate API instead.',
  ],
  CODE_ACCESS_ONLY: [
    'The person shows the access code for gates.',
    'Ask for the payment code (付款).',
  ],
  CODE_COLLECTION_ONLY: [
    'The till scanned a merchant’s printed collection code, which is for the payer’s phone to scan.',
    'Scan the payer’s payment code, or let them scan the printed one with 扫一扫.',
  ],
  CODE_FOREIGN_NOT_ACCEPTED: [
    'A code of another payment system, which this school or this till does not take.',
    'Ask for the campus code. Operators: docs/foreign-codes.md and docs/wechat-pay.md say how a system is switched on.',
  ],
  CODE_OTHER_SCHOOL: [
    'The code belongs to a person of another school.',
    'Codes pay at their own school only. In tests: the till and the page belong to different schools.',
  ],
  DEVICE_CODES_PAUSED: [
    'Codes with this phone’s alias were wrong several times, as when somebody guesses; the phone’s own codes are paused.',
    'The person opens the payment page with a network; that resumes them. Until then codes from the server work.',
  ],
  DEVICE_OFFLINE_CAP: [
    'The phone has been without a network for so long, or paid so much without one, that this payment is over its cap (docs/codes.md).',
    'Open the page with a network, then pay.',
  ],
  DEVICE_REMOVED: [
    'The phone’s key was taken back: by the person, by another phone that took its place, or because the card was locked.',
    'The person enrols the phone again in the widget. Codes from the server work meanwhile.',
  ],

  // Cards and faces at a terminal
  TOKEN_UNKNOWN: [
    'The card number or face id that the terminal read is registered to nobody at this school.',
    'Import it with the person’s tokens, or ask for a code. A reader that reports the number in another byte order looks the same.',
  ],
  AGREEMENT_MISSING: [
    'Paying by card or face takes money without a password, and the person has not signed the agreement for that.',
    'The person signs it in the widget (钱包, 免密支付), or pays by code.',
  ],
  FACE_CONSENT_MISSING: [
    'The person has not agreed to paying by face, or has taken it back.',
    'The person agrees in the widget, or pays by code. A terminal must not ask again and again.',
  ],

  // Access
  CONSENT_REQUIRED: [
    'Access codes need the consent to keeping gate records, which was not given or was taken back.',
    'The widget asks for it before it shows a code. Your own calls: record the consent first.',
  ],
  GATE_DISABLED: [
    'The gate was switched off by the card office.',
    'Have it switched on, or remove the key from the device.',
  ],
  GATE_NOT_PERMITTED: [
    'The gate’s key was registered without the permission for this call, for example reading identity codes.',
    'The card office grants it; then the gate calls again with the same key.',
  ],
  IDENTITY_CODE_INVALID: [
    'The identity code is over, was shown once already where once is all, or is no genuine one.',
    'Refresh it on the phone and read it again.',
  ],
  IDENTITY_CODE_OTHER_KIND: [
    'The gate asked who somebody is with a code of another kind: payment or access.',
    'The person switches to 身份码 on the access screen.',
  ],
  GATHERING_TEACHERS_ONLY: [
    'Somebody who is not staff tried to open a meeting or an attendance session.',
    'Staff open it. If the person is staff, the import has another class for them.',
  ],
  GATHERING_UNKNOWN: [
    'The id is of no session, or of one that somebody else opened.',
    'Use the id that opening it answered with, signed in as the same person.',
  ],
  GATHERING_ID_REUSED: [
    'The id was used before, with different content.',
    'Make a new id for each session; repeat the old one only for the same request.',
  ],
  ZONE_UNKNOWN: [
    'No gate stands at this place for this purpose.',
    'Choose a place from the list that the widget shows, or have a gate registered there.',
  ],

  // Money
  AMOUNT_INVALID: [
    'The amount is zero, negative, no whole number or larger than is possible.',
    'Send fen as a whole number: ¥12.50 is 1250, not 12.5 and not "1250".',
  ],
  INSUFFICIENT_FUNDS: [
    'The account, and the bank card behind it where there is one, holds too little.',
    'The person tops up or chooses the other account. For the till this order is refused; the next try needs a new order number.',
  ],
  OVER_SINGLE_LIMIT: [
    'The amount is over the person’s limit for one payment.',
    'The person raises it in the wallet (付款限额), with the payment password, or pays another way.',
  ],
  OVER_DAILY_LIMIT: [
    'What was paid today and this amount together are over the person’s daily limit.',
    'The person raises it in the wallet, or pays another way. Midnight in the school’s time zone begins a new day.',
  ],
  PASSWORD_REQUIRED: [
    'The payment needs the payment password, and it cannot be asked for: none is set, or the code was read from digits that are on display.',
    'The person sets a payment password in the wallet. Where one is set the phone asks for it by itself.',
  ],
  BANK_DECLINED: [
    'The wallet held too little and the bank refused to add the rest.',
    'Another card, a top-up or another account. The bank knows why; we are told only that it declined.',
  ],
  BANK_UNAVAILABLE: [
    'The wallet held too little and the bank could not be reached. Nothing was taken.',
    'Pay what the wallet holds, or use another account; try again later.',
  ],
  ONE_CARD_UNAVAILABLE: [
    'The school’s one-card system does not answer, so that account cannot pay now.',
    'Use the wallet. Operators: docs/one-card-interface.md, circuit breaker and deadlines.',
  ],
  MERCHANT_NOT_ACCEPTING: [
    'The merchant is paused or closed.',
    'Have the card office open it again; nothing is wrong with the code.',
  ],
  TERMINAL_DISABLED: ['The terminal was switched off.', 'Have it switched on by the card office.'],
  TERMINAL_PAUSED: [
    'Several scans in a row were no genuine codes; the terminal waits a few seconds so that nobody can guess.',
    'Wait for `retry-after`, then scan again. If it happens often, the scanner reads wrongly.',
  ],
  TERMINAL_LOCKED: [
    'So many invalid codes came from this terminal that it is locked.',
    'It opens by itself after a while (docs/decisions/0004); the card office can open it at once. Find out what it was scanning.',
  ],
  ORDER_NOT_FOUND: [
    'No order has this number or id, or it belongs to another merchant or school.',
    '`pay({ order })` takes the `orderId` that your server got when it created the order, not your own order number. A till asks with exactly the number it sent.',
  ],
  ORDER_NO_REUSED: [
    'The order number was used before with another amount, code or merchant.',
    'Make and save a new number before each new payment; send an old one again only unchanged.',
  ],
  ORDER_REVERSED: [
    'The order was reversed, perhaps before it was ever seen here; it can never be paid.',
    'Begin again with a new order number.',
  ],
  ORDER_NOT_PAID: [
    'A refund was asked for an order that has not been paid.',
    'Ask for the order first. While it is `PROCESSING` wait for its end.',
  ],
  ORDER_REFUNDED: [
    'Part of the order was refunded, so reversing all of it would pay twice; or WeChat was asked to refund some of it, and then no reversal can be told from that.',
    'Refund what is left instead of reversing.',
  ],
  REVERSAL_TOO_LATE: [
    'The other system that charged for the order reverses it only for some days: WeChat for seven.',
    'Refund the whole order instead; WeChat does that for a year.',
  ],
  REFUND_NOT_FOUND: [
    'No refund has this number for this order.',
    'Ask with exactly the number you sent. If you never got an answer, send the same refund again: it happens once.',
  ],
  REFUND_NO_REUSED: [
    'The refund number was used before with another amount or order.',
    'Make a new number for each refund; repeat one only unchanged.',
  ],
  REFUND_DECLINED: [
    'The bank, the one-card system or WeChat will not take the money back, for example because the account is closed, WeChat’s order is older than a year or was refunded in fifty parts.',
    'Give the money back another way, and note it in your books.',
  ],
  REFUND_EXCEEDS_PAYMENT: [
    'The refunds of this order together would be more than was paid.',
    'Ask for the order, and refund at most what is left. What a class paid after discount is the payment, not the list price.',
  ],

  // Collection codes and online orders
  COLLECTION_NOT_HERE: [
    'The session may not pay merchants’ printed codes (R24). It was opened by WeChat, where the school does not allow them, or your server opened it with `scopes` that leave `collection` out.',
    'The person pays in the school’s app, or the till scans their payment code. To allow it in WeChat: `npm run ecode -- school change --collection-channel …` (docs/collection-codes.md); it counts from the next session on, within ten minutes. With `scopes` of your own: add `collection`.',
  ],
  COLLECTION_UNKNOWN: [
    'The scanned text is no collection code of this school, or the code was withdrawn.',
    'Print the merchant’s current code (docs/collection-codes.md).',
  ],
  OVER_STATIC_LIMIT: [
    'What the person paid today by scanning printed codes and this amount together are over the legal limit for those.',
    'Show the payment code to the merchant’s till instead; that has another limit.',
  ],
  ORDER_CLOSED: [
    'The merchant closed the order, or its time is over.',
    'Create a new order and hand its `orderId` to the page.',
  ],
  ORDER_ALREADY_PAID: [
    'The order is paid, perhaps on another device or by somebody else.',
    'Ask for the order on your server and show it as paid.',
  ],
  ORDER_BEING_PAID: [
    'Somebody is paying this order at this moment.',
    'Wait a few seconds, then ask for the order. Do not close it meanwhile.',
  ],
  PRICE_CHANGED: [
    'The merchant’s price rule or the person’s class changed after the person was shown what to pay. Nothing was taken.',
    'Ask for the order again and show the person its price; the widget does so.',
  ],

  // Showers and utilities
  WATER_PASSWORD_WRONG: [
    'Bath number and water password do not belong together.',
    'The person looks up both in the shower page of the widget.',
  ],
  WATER_PASSWORD_LOCKED: [
    'The water password was wrong too often.',
    'The person sets it again in the shower page.',
  ],
  WATER_PASSWORD_SAME: [
    'The water password that was chosen is the payment password. People type the one in public.',
    'Choose another.',
  ],
  WATER_BALANCE_TOO_LOW: [
    'The wallet holds less than the money that is held back for a shower.',
    'Top up first; what is not used is given back at the end.',
  ],
  WATER_IN_USE: [
    'The person has a shower running elsewhere.',
    'End that one, on its panel or on the phone.',
  ],
  WATER_SESSION_UNKNOWN: [
    'The id is of no shower session of this panel.',
    'Use the id that starting it answered with (docs/showers.md).',
  ],
  WATER_SESSION_ENDED: [
    'The session is over and takes no more readings.',
    'Start a new one. Readings that came late are dropped on purpose.',
  ],
  WATER_READING_IMPOSSIBLE: [
    'The meter said more than the pipe can deliver in the time, or less than before. What can be believed was counted.',
    'Have the meter looked at; send readings in the unit and order of docs/showers.md.',
  ],
  UTILITY_UNKNOWN: [
    'The school, or the person’s campus, has no such utility.',
    'Offer only what the list of utilities holds.',
  ],
  UTILITY_ACCOUNT_UNKNOWN: [
    'The utility knows no such room or account.',
    'The person checks the room. Operators: the adapter’s answer for it (docs/utility-port.md).',
  ],
  UTILITY_NOT_REACHABLE: [
    'The utility’s system does not answer. Nothing was taken.',
    'Try again later. A top-up that was begun before is finished or refunded by itself.',
  ],

  // WeChat Pay
  WECHAT_NOT_OFFERED: [
    'The school has not switched on WeChat’s payment codes.',
    'Ask for the campus code, or have it switched on (docs/wechat-pay.md).',
  ],
  WECHAT_NOT_BOUND: [
    'The WeChat that showed this code is bound to nobody here, so nobody knows whose payment it would be.',
    'The person binds it in the wallet (微信认证), or shows the campus code.',
  ],
  WECHAT_DECLINED: [
    'WeChat refused the charge: funds, risk, or the person pressed cancel. Nothing was taken.',
    'Pay another way; the next try needs a new order number and a new code.',
  ],
  WECHAT_TIMED_OUT: [
    'WeChat asked for its password and the person did not type it within 45 seconds. The charge was undone.',
    'Pay again with a new order number.',
  ],
  WECHAT_UNAVAILABLE: [
    'WeChat Pay does not answer, or answers without a valid signature.',
    'Show the campus code. Operators: keys, certificates and clock (docs/wechat-pay.md).',
  ],

  // Signing in by a channel, tickets
  WECHAT_SIGN_IN_NOT_OFFERED: [
    'The school has no official account or mini-program registered for signing in.',
    'Register its appid and secret with the operator, or use your own sign-in and `session`.',
  ],
  WECHAT_CODE_INVALID: [
    'The code of `wx.login` or of WeChat’s redirect was used before or is older than five minutes.',
    'Get a new code and send it at once. Never send one twice, and do not cache pages whose address holds one.',
  ],
  WECHAT_SIGN_IN_UNAVAILABLE: [
    'WeChat’s servers did not answer, or refused our appid.',
    'Try again. Operators: appid, secret and the IP allow-list of the official account.',
  ],
  TICKET_INVALID: [
    'The ticket in the page’s address was used, is older than a minute, or was made for another page.',
    'Make a ticket just before opening the page and use it once. A page that was reloaded or shared needs a new way in: keep `#t=` out of links.',
  ],
  SIGN_IN_ENDED: [
    'The sign-in is over: its hours are up, or the binding or the person is gone.',
    'Open the page again from the app, the official account or the mini-program.',
  ],
  SERVICE_UNKNOWN: [
    'The school has no service with this id in its grid.',
    'Use an id of `getServices`. The operator registers services in the campus file.',
  ],
  SESSION_KEY_MISSING: [
    'A session without a page key, as a mini-program’s own pages have, was used for more than it may do.',
    'Open the web page by a ticket for it (docs/bff.md); there the page makes a key.',
  ],

  // Wallet
  BINDING_HOLDER_MISMATCH: [
    'Name or ID number are not what the bank has for this card.',
    'The person checks what was typed; otherwise the issuing bank has another name on record.',
  ],
  BINDING_NOT_OWN_CARD: [
    'The card’s holder is not the person whom the school knows.',
    'Only one’s own card can be bound. If the school’s record of the name is wrong, the card office corrects it.',
  ],
  BINDING_CARD_MISMATCH: ['The bank knows no such card number.', 'Type it again from the card.'],
  BINDING_PHONE_MISMATCH: [
    'The phone number is not the one that the bank has for this card.',
    'Use the number reserved at the bank, or have the bank change it.',
  ],
  BINDING_UNKNOWN: [
    'The binding was begun too long ago, or was finished already.',
    'Begin again with the card’s number.',
  ],
  BANK_NOT_SUPPORTED: [
    'The card is of a bank that the school’s bank gateway does not serve.',
    'Use a card of another bank.',
  ],
  BANK_CARD_CLOSED: ['The bank says the card is closed or stopped.', 'Bind another card.'],
  BANK_NOT_REACHABLE: [
    'The bank does not answer. Nothing was moved; what was begun is finished or given back.',
    'Try again later. Operators: the bank gateway’s address and keys.',
  ],
  FACE_CHECK_NEEDED: [
    'The school asks for a face check before a wallet is opened, and none was made.',
    'The widget leads through it when the person binds a card again.',
  ],
  FACE_CHECK_NOT_SET_UP: [
    'The school asks for a face check and has connected no provider.',
    'Operators: connect one (docs/decisions/0020), or do not ask for it.',
  ],
  FACE_CHECK_NOT_REACHABLE: [
    'The provider of face checks does not answer.',
    'Try again in a minute; the card that was typed is kept that long.',
  ],
  FACE_CHECK_FAILED: [
    'The face was not recognised as the person’s.',
    'Again in good light, or at the card office with an ID.',
  ],
  FACE_CHECK_EXPIRED: [
    'The check was not finished in its time.',
    'Bind the card again and do it at once.',
  ],
  FACE_CHECK_UNKNOWN: [
    'The id is of no face check of this person.',
    'Begin again by binding a card.',
  ],
  CARD_ALREADY_BOUND: ['The person has bound this card before.', 'Use it as it is.'],
  CARD_NOT_BOUND: [
    'The id is of no card that is bound now.',
    'Fetch the list of cards again; it was unbound elsewhere.',
  ],
  UNBINDS_EXHAUSTED: [
    'A person may unbind three cards in a lifetime (R10).',
    'The card office decides about more.',
  ],
  REOPENS_EXHAUSTED: [
    'The wallet was closed and opened again three times (R11).',
    'The card office decides about more.',
  ],
  BALANCE_NOT_ZERO: ['A wallet with money in it cannot be closed.', 'Withdraw or spend it first.'],
  TRANSFER_PENDING: [
    'A top-up, withdrawal or payment is still under way.',
    'Wait for its end, which the wallet shows, then try again.',
  ],
  TRANSFER_ID_REUSED: [
    'The transfer id was used before with another amount or direction.',
    'Make a new id for each transfer; repeat one only unchanged.',
  ],
  TRANSFER_NOT_FOUND: [
    'No top-up or withdrawal of this person has this id.',
    'Ask with exactly the id you sent. If it never arrived, send the same request again.',
  ],
  LIMIT_ABOVE_CEILING: [
    'The limit is above what the regulator, or the school, allows.',
    'Choose at most the ceiling that the answer of getting the limits names.',
  ],
  LIMIT_SINGLE_ABOVE_DAILY: [
    'The limit for one payment is above the daily limit.',
    'Raise the daily limit first, or choose less.',
  ],

  // Payment password
  PASSWORD_NOT_SET: [
    'The operation needs the payment password and none is set.',
    'The person sets one in the wallet (支付密码).',
  ],
  PASSWORD_ALREADY_SET: [
    'Setting the first password was asked for, and there is one.',
    'Change it, or reset it with a verification.',
  ],
  PASSWORD_WRONG: [
    'The payment password that was typed on the keypad page is wrong.',
    'Type it again; the keypad says how many tries are left. Your page never sees it.',
  ],
  PASSWORD_TOO_SIMPLE: [
    'The password is a run, a repetition or a birthday.',
    'Choose one that is harder to guess.',
  ],
  PASSWORD_LOCKED: [
    'The password was wrong too often.',
    'The person proves who they are in the wallet and sets a new one.',
  ],
  PASSWORD_DECLINED: [
    'The person said no when the phone asked for the password.',
    'Nothing moved. A till begins again with a new order number.',
  ],
  PASSWORD_TIMED_OUT: [
    'The person did not answer within 45 seconds. Nothing moved.',
    'Pay again with a new order number.',
  ],
  PAYMENT_NOT_WAITING: [
    'The payment that was to be confirmed is paid, refused or over.',
    'Ask for it; the bill shows what became of it.',
  ],
  PASSWORD_RESET_AT_OFFICE: [
    'Without a bound bank card nothing proves who the person is.',
    'The card office resets the payment password.',
  ],
  VERIFY_BY_BANK_CARD: [
    'A person with a bound bank card proves who they are by that, not by SMS.',
    'Begin the verification with the bank card.',
  ],
  VERIFICATION_INVALID: [
    'The verification is over, was used, or was made for something else.',
    'Verify again and use it at once.',
  ],
  APPROVAL_INVALID: [
    'The approval is over, was used, or names another operation or amount.',
    'Ask for the password again. An approval is good once, for exactly what was on the keypad.',
  ],
  RETURN_ADDRESS_NOT_ALLOWED: [
    'The page that the keypad or WeChat should come back to is on no origin of the school.',
    'Have that origin registered. The page that embeds the widget must be one that can be reloaded.',
  ],

  // Device enrolment
  ENROLMENT_UNKNOWN: [
    'The enrolment is over or was replaced by a newer one.',
    'Ask for a new SMS code.',
  ],
  DEVICE_KEY_INVALID: [
    'The public key is no valid point of P-256.',
    'Only a client of your own can cause it: see the vectors in docs/codes.md.',
  ],
  DEVICE_UNKNOWN: [
    'The person has no such device, or it was removed.',
    'Fetch the list of devices again.',
  ],
  PHONE_MISSING: [
    'The school’s import holds no phone number for the person, so no SMS can be sent.',
    'The card office adds it; the next import brings it here.',
  ],
  SMS_TOO_SOON: [
    'A person gets one SMS a minute.',
    'Wait for `retry-after`; the code that was sent is still good.',
  ],
  SMS_UNAVAILABLE: [
    'The SMS gateway refused or did not answer.',
    'Try again later. Operators: the gateway’s address, keys and balance.',
  ],
  SMS_CODE_WRONG: [
    'The code is not the one that was sent last.',
    'Type the code of the newest message.',
  ],
  SMS_CODE_EXPIRED: ['The code is too old.', 'Ask for a new one.'],
  SMS_TRIES_EXHAUSTED: ['The code was wrong too often and is void.', 'Ask for a new one.'],

  // Notices and personal data
  NOTICE_UNKNOWN: ['The id is of no notice of this person.', 'Fetch the list of notices again.'],
  CONSENT_CARD_IN_USE: [
    'The consent is what having the e-card rests on.',
    'Closing the card ends it, at the card office.',
  ],
  CONSENT_BANK_CARD_BOUND: [
    'The consent is what bound bank cards rest on.',
    'Unbind all of them first, also those being bound.',
  ],

  // Onboarding
  SCHOOL_EXISTS: [
    'A school was to be created under an id that is taken.',
    'Choose another id, or change the school that is there.',
  ],
  SCHOOL_UNKNOWN: ['No school has this id.', 'Check the four digits; create the school first.'],
  SCHOOL_NOT_SOUND: [
    'The description of a school names something twice, or refers to what it does not hold. Nothing was written.',
    'Correct what the report names and send all of it again.',
  ],
  KEY_OWNER_UNKNOWN: [
    'A key was to be changed for a terminal, gate or school that does not exist.',
    'Use the id that the list of terminals, gates or schools shows.',
  ],

  // Staff at the console
  STAFF_SIGN_IN_WRONG: [
    'Name, password or code at the console is wrong. Which of them is not told, so that nobody learns names.',
    'Try again with the code that is on display now; a phone whose clock is off shows wrong ones.',
  ],
  STAFF_SIGN_IN_LOCKED: [
    'Five wrong entries in a row.',
    'Wait for `retry-after`, or have another admin reset the account.',
  ],
  STAFF_SESSION_ENDED: [
    'The console was left alone for too long, the sign-in’s hours are up, or it was ended elsewhere.',
    'Sign in again.',
  ],
  STAFF_ROLE_MISSING: [
    'The operation belongs to a role that this member of staff does not have.',
    'An admin gives the role, or somebody who has it does the work.',
  ],
  STAFF_SET_UP_INVALID: [
    'The code that opens a staff account was used or is too old.',
    'Ask an admin for another and use it at once.',
  ],
  STAFF_PASSWORD_WEAK: [
    'The console’s password is short, a simple row, or holds the name.',
    'Choose a longer one, such as a few words that do not belong together.',
  ],
  STAFF_TOTP_WRONG: [
    'The code of the authenticator app does not fit the account that is being set up.',
    'Scan the picture again, and let the phone set its clock by itself.',
  ],
  STAFF_NAME_TAKEN: ['Another member of staff signs in by this name.', 'Choose another name.'],
  STAFF_NOT_ONESELF: [
    'What one member of staff has asked for was to be decided, or given, by the same one.',
    'Another person with the role does it.',
  ],
  STAFF_TASK_DECIDED: [
    'Somebody has asked for this, or decided it, already.',
    'Load the list of tasks anew; it shows who, and when.',
  ],

  // Raised in the page by the widget itself
  OPTIONS_INVALID: [
    '`create` or `update` was given an option that is missing or of the wrong form. The message says which.',
    'Correct that option. `school` and `subject` are texts, not numbers; `session` is a function, not its answer; with npm, in an app’s bundle and behind `<campus-ecode>` from npm, `baseUrl` is needed, too.',
  ],
  MOUNT_TARGET_MISSING: [
    'There was no such element when `mount` was called, it cannot hold a shadow root, or it holds another widget already.',
    'Put the script after the element or wait for `DOMContentLoaded`; use a `div` or `main`; give each widget an element of its own.',
  ],
  LOAD_FAILED: [
    'The widget’s files did not arrive or were not as they were built.',
    'Look at the console: a content security policy without the BFF in `script-src`, Trusted Types without the policy `ecode`, a proxy that rewrites scripts (integrity), an exact version that is gone, or no network. The person sees a button to try again.',
  ],
  NETWORK_LOST: [
    'The BFF cannot be reached: no network, `connect-src` without the BFF, a certificate that the browser refuses, or an http page and an https BFF behind a captive portal.',
    'Without a network nothing is to be done; the widget comes back by itself. Otherwise the console’s line about the blocked request names the policy.',
  ],
  SESSION_PROVIDER_FAILED: [
    'Your `session` function threw, took longer than 15 seconds, or did not return `{ token, expiresAt }`. `error.cause` is what it threw.',
    'Open your route in the network panel: it must answer what the BFF answered, unchanged. Typical: the route answers 401 because the person’s own sign-in is over, or the BFF’s refusal (see its `code`) is passed on as if it were a session.',
  ],
  SIGN_IN_FAILED: [
    '`ECode.signIn` did not end well: the ticket or WeChat’s answer was refused, or storage is blocked. `error.cause` has the reason.',
    'Open the page again from where it is linked. Storage for the page’s origin must be allowed.',
  ],
  SIGN_IN_IMPOSSIBLE: [
    'The page was opened outside WeChat and without a ticket, so nobody knows who is there.',
    'Open it from the official account, the mini-program or the app; on other sites use your own sign-in and `session`.',
  ],
  ENGINE_UNSUPPORTED: [
    'The engine has no WebCrypto: the page is on http (not on localhost), or the engine is older than Chrome 78 or Safari 13.',
    'Serve the page over https. Where that cannot be, the widget offers the BFF’s own page (docs/embed.md, "A page on http").',
  ],
  DESTROYED: [
    'A widget was used after `destroy()`, or a component or element after it left the page.',
    'Make another widget. In React and Vue, keep no handle beyond the component’s life.',
  ],
}
