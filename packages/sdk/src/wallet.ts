export { makeWallet } from './engine/wallet/wallet.ts'
export { walletScreens } from './screens/wallet/wallet-screens.ts'
export { default as css } from './styles/wallet.css?inline'
