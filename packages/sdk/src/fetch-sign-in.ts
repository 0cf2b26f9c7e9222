import type { SignedIn, SignInOptions } from './ecode.ts'
import type { PartLoader } from './loader/part-loader.ts'

/** Only pages that sign people in fetch what does it. */
export async function fetchSignIn(
  part: PartLoader['part'],
  options: SignInOptions,
): Promise<SignedIn> {
  const { signIn } = await part('signIn')
  return signIn(options)
}
