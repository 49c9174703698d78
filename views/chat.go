package views

func (v ChatView) heading() string {
	if v.Chat == nil || v.Chat.Title == "" {
		return "New chat"
	}
	return v.Chat.Title
}

// modelGroup is the models of one provider.
type modelGroup struct {
	provider string
	options  []ModelOption
}

// groups keeps the order in which the providers come. One provider alone needs no heading.
func (m ModelView) groups() []modelGroup {
	var groups []modelGroup
	at := map[string]int{}
	for _, option := range m.All {
		i, seen := at[option.Provider]
		if !seen {
			i = len(groups)
			at[option.Provider] = i
			groups = append(groups, modelGroup{provider: option.Provider})
		}
		groups[i].options = append(groups[i].options, option)
	}
	if len(groups) == 1 {
		groups[0].provider = ""
	}
	return groups
}

func (m ModelView) name() string { return ModelOption{ID: m.ID, Label: m.Label}.name() }

func (o ModelOption) name() string {
	if o.Label != "" {
		return o.Label
	}
	return o.ID
}
