export { makeWays as make } from './engine/ways/ways.ts'
export { waysScreens as screens } from './screens/ways/ways-screens.ts'
export { default as css } from './styles/ways.css?inline'
