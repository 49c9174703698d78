package views

import (
	"fmt"

	"alleato/store"
)

// resolvedLine counts what became of the suggestions that do not wait any more.
func resolvedLine(all []store.Suggestion) string {
	n := map[string]int{}
	for _, g := range all {
		n[g.Status]++
	}
	return fmt.Sprintf("%d accepted, %d dismissed.", n[store.SuggestionAccepted], n[store.SuggestionDismissed])
}
