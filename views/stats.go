package views

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"alleato/store"
)

// StatsView is the server's figures, summed up for the page.
type StatsView struct {
	*store.Stats
	Models   []ModelSum
	Programs []ProgramSum
	Days     []store.DayCount // tokens of each day, in and out
}

// ModelSum is what a model has written in chats.
type ModelSum struct {
	Model                  string
	Replies                int
	InputTokens, OutTokens int64
}

// ProgramSum is what programs have asked for with a key.
type ProgramSum struct {
	Email, Key, Model             string
	Calls, InputTokens, OutTokens int64
}

// NewStatsView sums the days up.
func NewStatsView(s *store.Stats) StatsView {
	v := StatsView{Stats: s}
	models, days := map[string]*ModelSum{}, map[string]int{}
	for _, t := range s.Tokens {
		if models[t.Model] == nil {
			models[t.Model] = &ModelSum{Model: cmp.Or(t.Model, "unknown")}
		}
		m := models[t.Model]
		m.Replies, m.InputTokens, m.OutTokens = m.Replies+t.Replies, m.InputTokens+t.InputTokens, m.OutTokens+t.OutputTokens
		days[t.Day] += int(t.InputTokens + t.OutputTokens)
	}
	for _, m := range models {
		v.Models = append(v.Models, *m)
	}
	slices.SortFunc(v.Models, func(a, b ModelSum) int {
		return cmp.Or(cmp.Compare(b.Replies, a.Replies), cmp.Compare(a.Model, b.Model))
	})
	programs := map[[3]string]*ProgramSum{}
	for _, c := range s.Completions {
		email := ""
		if c.Email != nil {
			email = *c.Email
		}
		by := [3]string{cmp.Or(email, c.UserID), c.KeyName, c.Model}
		if programs[by] == nil {
			programs[by] = &ProgramSum{Email: cmp.Or(email, "Guest"), Key: cmp.Or(c.KeyName, "—"), Model: c.Model}
		}
		p := programs[by]
		p.Calls, p.InputTokens, p.OutTokens = p.Calls+c.Calls, p.InputTokens+c.InputTokens, p.OutTokens+c.OutputTokens
		days[c.Day] += int(c.InputTokens + c.OutputTokens)
	}
	for _, p := range programs {
		v.Programs = append(v.Programs, *p)
	}
	slices.SortFunc(v.Programs, func(a, b ProgramSum) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Email, b.Email), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Model, b.Model))
	})
	for _, d := range s.Users.New {
		v.Days = append(v.Days, store.DayCount{Day: d.Day, Count: days[d.Day]})
	}
	return v
}

// bar is one of a chart's, in the units of its viewBox.
type bar struct {
	x, y, height string
	title        string
}

const chartHeight = 60

// bars are ten units wide each, the highest as high as the chart. A day with something is never invisible.
func bars(days []store.DayCount) []bar {
	most := 1
	for _, d := range days {
		most = max(most, d.Count)
	}
	list := make([]bar, len(days))
	for i, d := range days {
		height := d.Count * chartHeight / most
		if d.Count > 0 {
			height = max(height, 2)
		}
		list[i] = bar{strconv.Itoa(10*i + 1), strconv.Itoa(chartHeight - height), strconv.Itoa(height), d.Day + ": " + grouped(int64(d.Count))}
	}
	return list
}

func chartBox(days []store.DayCount) string {
	return fmt.Sprintf("0 0 %d %d", 10*len(days), chartHeight)
}

// chartText says of a chart what can be said in a sentence.
func chartText(what string, days []store.DayCount) string {
	sum, most := 0, store.DayCount{}
	for _, d := range days {
		sum += d.Count
		if d.Count > most.Count {
			most = d
		}
	}
	if sum == 0 {
		return what + ": none in " + strconv.Itoa(len(days)) + " days"
	}
	return fmt.Sprintf("%s: %s in %d days, most on %s with %s", what, grouped(int64(sum)), len(days), most.Day, grouped(int64(most.Count)))
}

func sumOf(days []store.DayCount) string {
	sum := 0
	for _, d := range days {
		sum += d.Count
	}
	return grouped(int64(sum))
}

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// endings are the replies' states in the order in which they are shown.
func (v StatsView) endings() []string {
	return []string{store.StatusComplete, store.StatusStopped, store.StatusInterrupted, store.StatusFailed, store.StatusStreaming}
}

func (v StatsView) replies() (n int) {
	for _, count := range v.Replies {
		n += count
	}
	return n
}
