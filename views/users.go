package views

import (
	"time"

	"alleato/store"
)

// UsersView is the page of everybody who has an account.
type UsersView struct {
	Users []store.User
	Query string
	Next  string // where the next page is, "" on the last
	Zone  *time.Location
}

func (v UsersView) seen(u store.User) string {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	text := "since " + u.CreatedAt.In(zone).Format("2 Jan 2006")
	if u.LastSeenAt != nil {
		text += " · last seen " + clock(*u.LastSeenAt, zone)
	}
	return text
}

func emailOf(u store.User) string {
	if u.Email == nil {
		return ""
	}
	return *u.Email
}

// otherRole is what the button next to an account makes it.
func otherRole(u store.User) string {
	if u.Role == store.RoleAdmin {
		return string(store.RoleUser)
	}
	return string(store.RoleAdmin)
}

func yesNo(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}
