export { signIn } from './sign-in/sign-in.ts'
