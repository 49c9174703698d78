// The server groups chats by the visitor's days.
import { setCookie } from './cookie.js'

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
if (zone && !document.cookie.includes(`tz=${encodeURIComponent(zone)}`)) setCookie('tz', zone)
