import { CampusEcode } from '@campus-ecode/sdk/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

const { VITE_BFF_URL = 'http://127.0.0.1:8080', VITE_SCHOOL = '1001' } = import.meta.env

/** Your server, which knows who is signed in, opens the session (docs/embed.md). */
async function openSession(thumbprint) {
  const answer = await fetch('/ecode-session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ thumbprint }),
  })
  if (!answer.ok) throw new Error(`/ecode-session answered ${answer.status}`)
  return answer.json()
}

createRoot(document.querySelector('#root')).render(
  <StrictMode>
    <CampusEcode
      className="card"
      baseUrl={VITE_BFF_URL}
      school={VITE_SCHOOL}
      subject="user-83715"
      session={openSession}
      onPaid={({ amountFen }) => console.info('paid', amountFen)}
    />
  </StrictMode>,
)
