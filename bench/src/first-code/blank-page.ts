// The least that a page made with Preact can do.
import { h, render } from 'preact'

render(h('div', null), document.body)
window.noteWhenPainted('bars')
