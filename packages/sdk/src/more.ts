export { makeLater } from './engine/later/later.ts'
export { more } from './screens/more.tsx'
export { default as css } from './styles/more.css?inline'
