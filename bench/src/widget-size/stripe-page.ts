// What a school's page would contain to fetch Stripe: the loader, which only adds a script tag.
import { loadStripe } from '@stripe/stripe-js'

await loadStripe('pk_live_school')
