// The API as the page calls it: with the session's cookie.
import { Alleato } from '../sdk/alleato.js'

export const alleato = new Alleato({ session: true })
