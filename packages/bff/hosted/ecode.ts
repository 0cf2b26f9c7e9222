/** What the script tag brings, as far as this page uses it (docs/embed.md). */
export interface ECodeScript {
  signIn(options: { school: string }): Promise<{ subject: string; session: unknown }>
  create(options: object): {
    mount(place: Element): Promise<void>
    pay(request: object): Promise<unknown>
    on(event: 'paid', listener: () => void): () => void
  }
}
