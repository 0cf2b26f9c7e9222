import './style.css'
import { tellNotice } from './opener.ts'
import { showKeypad } from './show-keypad.ts'

const root = document.documentElement
const { page, notice } = root.dataset
// It was needed once; what stands in the document can be read by whatever looks at it.
root.removeAttribute('data-page')
if (page !== undefined) showKeypad(JSON.parse(page))
else if (notice === 'expired' || notice === 'unavailable') tellNotice(notice)
