import { config } from 'zod'

// The page's policy allows no eval, so zod need not try; before any schema is made.
config({ jitless: true })
