import './script.ts'
import { defineElement } from '../element/define-element.ts'
import { ECodeError } from './ecode-error.ts'

// The script tag that brings `<campus-ecode>`: the loader, and the element around it.
if (window.ECode) defineElement(window.ECode.create, ECodeError)
