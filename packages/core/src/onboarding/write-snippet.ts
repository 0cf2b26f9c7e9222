/** What the school's page has in it; the whole of it is in docs/embed.md. */
export function writeSnippet(schoolId: string, bffUrl: string): string {
  return `
<div id="ecode"></div>
<script src="${bffUrl}/v1/ecode.js"></script>
<script>
  ECode.create({
    school: '${schoolId}',
    subject: currentUser.id,
    session: async (thumbprint) => {
      const answer = await fetch('/ecode-session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ thumbprint }),
      })
      if (!answer.ok) throw new Error(\`/ecode-session answered \${answer.status}\`)
      return answer.json()
    },
  }).mount('#ecode')
</script>`
}
