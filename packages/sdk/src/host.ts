export { makeHost as make } from './engine/host/host.ts'
export { hostScreens as screens } from './screens/host/host-screens.ts'
export { default as css } from './styles/host.css?inline'
