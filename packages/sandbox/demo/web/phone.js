// All that a host page does: say who is signed in, fetch sessions from its own server, mount.
const place = document.querySelector('#ecode')
const { school, person, screen, locale, scheme, care } = place.dataset

ECode.create({
  school,
  subject: person,
  locale,
  theme: { scheme, care: care === '1' },
  ...(screen && { screen }),
  async session(thumbprint) {
    const answer = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person, thumbprint }),
    })
    if (!answer.ok) throw new Error(`/session answered ${answer.status}`)
    return answer.json()
  },
}).mount(place)
