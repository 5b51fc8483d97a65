import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** A sign-in service of an organisation, as somebody else has built it. */
export interface SignInService {
  issuer: string
  secret: string
  /** Who is in which groups; whoever is not in here is in none. */
  groups: Map<string, string[]>
  stop: () => Promise<void>
}

/** The client that Hezuo is for the service. */
export const CLIENT = 'hezuo'

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

/** Starts `oidc-provider` on a free port, with one client that comes back to `back`. */
export async function startSignInService(back: string): Promise<SignInService> {
  const server = createServer()
  const issuer = `http://127.0.0.1:${await listening(server)}`
  const secret = randomBytes(24).toString('base64url')
  const groups = new Map<string, string[]>()
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT, client_secret: secret, redirect_uris: [back], grant_types: ['authorization_code'], response_types: ['code'] }],
    pkce: { required: () => true },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
    findAccount: (_, login) => ({
      accountId: login,
      claims: () => ({ sub: login, name: `${login} of the works`, preferred_username: login, groups: groups.get(login) ?? [] }),
    }),
  })
  server.on('request', provider.callback())
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { issuer, secret, groups, stop }
}
