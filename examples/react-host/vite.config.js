import { readFileSync } from 'node:fs'
import { defineConfig } from 'vite'

/** Stands for your server, in development only: whoever opens the page is one person of the demo. */
const session = {
  name: 'ecode-session',
  configureServer(server) {
    server.middlewares.use('/ecode-session', async (request, response) => {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      const { thumbprint } = JSON.parse(Buffer.concat(chunks).toString())
      const file = `${process.env.DATA_DIR ?? '../../.data'}/demo.json`
      const { bffUrl, school, people } = JSON.parse(readFileSync(file, 'utf8'))
      const answer = await fetch(`${bffUrl}/v1/sessions`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${school.id}:${school.secret}`)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ subject: { cardNo: people[0].cardNo }, thumbprint }),
      })
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(await answer.text())
    })
  },
}

export default defineConfig({
  plugins: [session],
  // An address that the demo school has listed; examples/script-tag uses it as well.
  server: { host: '127.0.0.1', port: 8085, strictPort: true },
})
