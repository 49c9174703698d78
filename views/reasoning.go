package views

import (
	"encoding/json"
	"fmt"

	"alleato/store"
)

// thoughtFor is the heading of finished reasoning: how long it took, where the part says so.
func thoughtFor(part store.Part) string {
	var metadata struct {
		Alleato struct {
			Seconds *int `json:"seconds"`
		} `json:"alleato"`
	}
	// Metadata of another make means only that the time is not known.
	if json.Unmarshal(part.ProviderMetadata, &metadata) != nil || metadata.Alleato.Seconds == nil {
		return "Thought"
	}
	switch seconds := *metadata.Alleato.Seconds; {
	case seconds < 1:
		return "Thought for a moment"
	case seconds == 1:
		return "Thought for 1 second"
	case seconds < 120:
		return fmt.Sprintf("Thought for %d seconds", seconds)
	default:
		return fmt.Sprintf("Thought for %d minutes", (seconds+30)/60)
	}
}
