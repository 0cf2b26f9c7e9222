import { defineElement } from '../element/define-element.ts'
import { create, ECodeError } from './index.ts'

export type { CampusEcodeElement } from '../element/define-element.ts'

// Importing it makes `<campus-ecode>` known; on a server it does nothing.
defineElement((options) => create(options as typeof options & { baseUrl: string }), ECodeError)
