/** The school as the BFF knows it. The secret stays on this server. */
export interface School {
  id: string
  secret: string
  bffUrl: string
}

/**
 * Opens a session for the person who is signed in here, bound to the key of the page that asked.
 *
 * @param thumbprint As the widget handed it to `session`.
 * @returns The BFF's answer, for the page as it is: the session, or a problem.
 */
export function openSession(
  { id, secret, bffUrl }: School,
  cardNo: string,
  thumbprint: unknown,
): Promise<Response> {
  return fetch(`${bffUrl}/v1/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ subject: { cardNo }, thumbprint }),
    signal: AbortSignal.timeout(10_000),
  })
}
