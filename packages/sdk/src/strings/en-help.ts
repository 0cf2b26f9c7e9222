import type { zhCnHelp } from './zh-cn-help.ts'

export const enHelp: Record<keyof typeof zhCnHelp, string> = {
  helpSearch: 'Search, e.g. “refund”',
  helpQuestions: 'Questions people ask',
  helpReasons: 'Why a payment fails',
  helpThis: 'Why it failed this time',
  helpFound: '{n} found',
  helpNone: 'Nothing found',
  helpNoneText: 'Try other words, or ask the card office.',
  helpEnd: 'Not solved? Ask the card office',
  helpOrder: 'The number of this entry',
  helpOrderText:
    'Wrong amount or merchant? Tell the card office this number and they find it at once.',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Could not copy; press and hold to select it',
  helpWhere: 'Where do I show the payment code?',
  helpWhere_how:
    'Open “Pay” and hold the barcode or QR to the scanner of the till. A code pays once, lives one minute and renews itself. Screenshots never pay; do not send them to anyone.',
  helpRefused: 'Why was my payment refused?',
  helpRefused_how:
    'After the scan your phone says why and what helps; “Why a payment fails” below has them all. What was refused is not charged.',
  helpCardNo: 'What is my card number?',
  helpCardNo_how:
    'The number your school holds: student number, staff number, or the one the school gave you. It is masked; tap the eye on “Card” to see it all.',
  helpPassword: 'I forgot my payment password',
  helpPassword_how:
    'Wallet → Payment password → Forgotten? A text message shows that it is you, then you set a new one. Five wrong entries lock it; the way back is the same. Without a bank card, take your ID to the card office.',
  helpCardPassword: 'I forgot the password of my campus card (one-card)',
  helpCardPassword_how:
    'Only the card office can reset it, not this page. Go yourself and take your ID. It is not the payment password of the e-Wallet.',
  helpLost: 'I lost my phone or card',
  helpLost_how:
    'Sign in on another phone and tap “Lock card” under Card or in the wallet: payment and access codes and the plastic card stop at once, and your money stays. Cannot sign in? Call the card office. Found it? Unlock with your payment password.',
  helpTopUp: 'My top-up is missing',
  helpTopUp_how:
    'Look at the wallet first. “With the bank” or “Awaiting the bank” is not decided: please do not top up again, we keep asking. If the bank took the money and it says not done here, open it in the bill and tell the card office its number.',
  helpChangeCard: 'How do I change my bank card?',
  helpChangeCard_how:
    'Wallet → Bank cards → Bind another card, make it the default, then unbind the old one. Three unbinds in a lifetime; after that take your ID to the card office.',
  helpBind: 'Binding says my details differ',
  helpBind_how:
    'Name, ID number, card number and phone must be as your bank has them, and the card your own. If your phone number changed, update it at the bank first.',
  helpAccount: 'Which account is charged first?',
  helpAccount_how:
    'Choose one-card or e-Wallet on “Pay”. The e-Wallet pays from its balance; if short, your default bank card pays it all. A payment is never split.',
  helpRefund: 'Where does a refund go?',
  helpRefund_how:
    'Back where it was paid from. It is a line of its own in the bill, and “Messages” tells you.',
  helpLimits: 'How do I change my limits?',
  helpLimits_how:
    "Wallet → Limits. Lower at once; higher with your payment password, up to the regulator's ceiling.",
  helpOffline: 'Can I pay offline, without a network?',
  helpOffline_how:
    'Yes, on a phone where “Pay offline” is on; codes renew as usual. After ten minutes without contact there are caps, shown on “Pay”; going online lifts them. Other phones need a network for a code.',
  helpIdentity: 'What is the identity code for?',
  helpIdentity_how:
    'Open it under “Access”. It only shows who you are and cannot pay; verifiers see your class and a masked name. Tills scan the payment code.',
  helpGate: 'A door does not open',
  helpGate_how:
    'Under “Access” choose what it is for (doors, library, meeting, class) and hold the code to the reader, with a bright screen. If you are not let in, your phone says why. A phone that had a network within a day opens doors without one. If you should be let in, ask the card office.',
  helpScan: 'The shop has no power or network',
  helpScan_how:
    'In your school app, tap Scan on “Pay” and scan the code the shop has printed; without a camera pick a picture, or type the ten digits below the code. Check the name, enter the amount and your payment password, then show the paid page to the staff. There is a limit a day.',
  helpShower: 'How do I shower with my phone?',
  helpShower_how:
    'Wallet → Services → Shower: set a water password and you get a bath number. Type both at the controller. The wallet needs ¥15.00: it is held, you are charged for what you use, and the rest comes back when the water is off.',
  helpUtility: 'I paid for electricity and the room has none',
  helpUtility_how:
    'Look at what became of it. While it is being confirmed we keep asking: please do not pay again. If the utility does not take it, the money comes back by itself. If it says confirmed, tell the card office the receipt number.',
  helpWechat: "Can I pay with WeChat's own code?",
  helpWechat_how:
    'If your school takes it: Wallet → Services → WeChat binding, bind it once, and tills scan the payment code in your WeChat. WeChat is charged, not your campus wallet, at the price for your class.',
  helpPrivacy: 'What is kept about me?',
  helpPrivacy_how:
    'Wallet → Privacy and data says for each purpose what is taken, what is kept and how to withdraw, and exports your own data.',
}
