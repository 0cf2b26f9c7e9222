const place = document.querySelector('#ecode')
const ecode = ECode.create({
  school: place.dataset.school,
  subject: place.dataset.subject,
  async session(thumbprint) {
    const answer = await fetch('/ecode-session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ thumbprint }),
    })
    if (!answer.ok) throw new Error(`/ecode-session answered ${answer.status}`)
    return answer.json()
  },
})
ecode.mount(place)

// Whoever leaves takes their payment codes along: the next person on this phone finds none.
document.querySelector('#sign-out').addEventListener('submit', async (event) => {
  event.preventDefault()
  await ecode.signOut().catch(() => {})
  event.target.submit()
})
