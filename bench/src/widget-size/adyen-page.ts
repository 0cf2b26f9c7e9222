// What a school's page would contain to show a QR code of Adyen's: the core and the one component.
import { AdyenCheckout, WeChat } from '@adyen/adyen-web'
import '@adyen/adyen-web/styles/adyen.css'

const checkout = await AdyenCheckout({
  clientKey: 'live_school',
  environment: 'live',
  countryCode: 'CN',
  session: { id: 'school', sessionData: 'school' },
})
new WeChat(checkout).mount('#code')
