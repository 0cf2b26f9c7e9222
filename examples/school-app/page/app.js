// The page of the app, in the app: whose card it is stands in its address, where the app has put it.
const place = document.querySelector('#ecode')
const subject = new URLSearchParams(location.search).get('subject')

window.ecode = ECode.create({
  school: place.dataset.school,
  baseUrl: place.dataset.bff,
  subject,
  // The app's own server, which knows who is signed in by the cookie of the app. Without a network this
  // fails, and the widget draws codes with what the phone has kept.
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
window.ecode.mount(place)
