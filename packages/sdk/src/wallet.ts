export { makeWallet as make } from './engine/wallet/wallet.ts'
export { walletScreens as screens } from './screens/wallet/wallet-screens.ts'
export { default as css } from './styles/wallet.css?inline'
