// Passkeys as browsers know them: bytes go over the wire in base 64 for addresses.
import { Problem } from '@/api/problem'
import type { components } from '@/api/schema.gen'

type Challenge = components['schemas']['ChallengeBody']
type Wish = components['schemas']['PasskeyWishBody']
export type Assertion = components['schemas']['AssertionBody']

/** Whether this browser has passkeys at all: old ones, and plain http off this machine, have none. */
export function hasPasskeys(): boolean {
  return window.isSecureContext && 'PublicKeyCredential' in window
}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (each) => each.charCodeAt(0))
}

export function toText(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

async function asked<T extends AuthenticatorResponse>(ask: () => Promise<Credential | null>): Promise<{ id: ArrayBuffer; response: T }> {
  let made: Credential | null
  try {
    made = await ask()
  } catch {
    // The browser does not say why, on purpose: somebody thought better of it, or there is no fitting passkey.
    made = null
  }
  if (!(made instanceof PublicKeyCredential)) throw new Problem({ code: 'passkey.cancelled', status: 0 })
  return { id: made.rawId, response: made.response as T }
}

/** Has a passkey sign a challenge. */
export async function answer(challenge: Challenge): Promise<Assertion> {
  const allowCredentials = challenge.passkeys.map((id) => ({ type: 'public-key' as const, id: toBytes(id) }))
  const { id, response } = await asked<AuthenticatorAssertionResponse>(() =>
    navigator.credentials.get({
      publicKey: { challenge: toBytes(challenge.challenge), rpId: challenge.rp_id, allowCredentials, userVerification: 'required' },
    }),
  )
  return {
    id: toText(id),
    client_data: toText(response.clientDataJSON),
    authenticator_data: toText(response.authenticatorData),
    signature: toText(response.signature),
    user_handle: response.userHandle ? toText(response.userHandle) : null,
  }
}

/** Has the browser make a passkey that it finds again without a name. */
export async function make(wish: Wish): Promise<{ client_data: string; attestation: string }> {
  const { response } = await asked<AuthenticatorAttestationResponse>(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: toBytes(wish.challenge),
        rp: { id: wish.rp_id, name: 'Hezuo' },
        user: { id: toBytes(wish.user_handle), name: wish.login, displayName: wish.name },
        pubKeyCredParams: wish.algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: wish.known.map((id) => ({ type: 'public-key', id: toBytes(id) })),
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        attestation: 'none',
      },
    }),
  )
  return { client_data: toText(response.clientDataJSON), attestation: toText(response.attestationObject) }
}
