export { makeAccess as make } from './engine/access/access.ts'
export { accessScreens as screens } from './screens/access/access-screens.ts'
export { default as css } from './styles/access.css?inline'
