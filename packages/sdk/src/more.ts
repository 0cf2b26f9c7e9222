export { makeLater } from './engine/later/later.ts'
export { openCashier } from './open-cashier.tsx'
export { more } from './screens/more.tsx'
export { default as css } from './styles/more.css?inline'
