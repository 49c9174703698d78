package views

import "strconv"

// The ids of a message's elements, which pages and frames share.

func bodyID(messageID string) string { return "m-" + messageID + "-body" }

func partID(messageID string, index int) string {
	return "m-" + messageID + "-p" + strconv.Itoa(index)
}
