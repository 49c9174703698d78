package views

import "strings"

// ModelOption is a model that may be chosen, and what it can be asked for.
type ModelOption struct {
	ID, Label, Provider      string
	Images, Tools, Reasoning bool
}

// ModelView is the chat's model and what it may be changed to.
type ModelView struct {
	ID, Label string
	All       []ModelOption
	Gone      bool        // the chat's model is not on offer any more
	Fallback  ModelOption // what answers then
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

func (m ModelView) hasChoice() bool { return len(m.All) > 1 || (m.Gone && len(m.All) > 0) }

func (m ModelView) name() string { return ModelOption{ID: m.ID, Label: m.Label}.name() }

// shown is the name, and that the model is gone.
func (m ModelView) shown() string {
	if m.Gone {
		return m.name() + " (not available)"
	}
	return m.name()
}

func (o ModelOption) name() string {
	if o.Label != "" {
		return o.Label
	}
	return o.ID
}

// can names what the model can be asked for, as the picker's script reads it.
func (o ModelOption) can() string {
	var can []string
	for _, skill := range []struct {
		has  bool
		name string
	}{{o.Images, "images"}, {o.Tools, "tools"}, {o.Reasoning, "reasoning"}} {
		if skill.has {
			can = append(can, skill.name)
		}
	}
	return strings.Join(can, " ")
}
