package model

import (
	"encoding/csv"
	"fmt"
	"html"
	"strconv"
	"strings"
)

// bar is a row of a chart.
type bar struct {
	name  string
	value float64
}

const maxBars = 12

// demoChart draws the sheet that a request is about, its first column beside its second; "" where there is
// none, or nothing to draw.
func demoChart(system string) string {
	m := documentText.FindStringSubmatch(system)
	if m == nil {
		return ""
	}
	rows, err := csv.NewReader(strings.NewReader(m[1])).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[0]) < 2 {
		return ""
	}
	bars, most := barsOf(rows[1:])
	if most <= 0 {
		return ""
	}
	const row, left, width = 32, 110, 460
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 680 %d\" font-family=\"system-ui, sans-serif\" font-size=\"14\" role=\"img\">\n", 64+row*len(bars))
	fmt.Fprintf(&b, "  <title>%[2]s by %[1]s</title>\n  <rect width=\"680\" height=\"%[3]d\" fill=\"#fff\"/>\n  <text x=\"16\" y=\"30\" font-size=\"18\" font-weight=\"600\">%[2]s by %[1]s</text>\n",
		html.EscapeString(rows[0][0]), html.EscapeString(rows[0][1]), 64+row*len(bars))
	for i, one := range bars {
		y, length := 52+row*i, max(0, one.value)/most*width
		fmt.Fprintf(&b, "  <text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", left-10, y+16, html.EscapeString(one.name))
		fmt.Fprintf(&b, "  <rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"22\" rx=\"4\" fill=\"#4f46e5\"/>\n", left, y, length)
		fmt.Fprintf(&b, "  <text x=\"%.1f\" y=\"%d\" fill=\"#52525b\">%s</text>\n", left+length+8, y+16, strconv.FormatFloat(one.value, 'f', -1, 64))
	}
	return b.String() + "</svg>\n"
}

// barsOf are the rows that have a number in their second cell, and the largest of those.
func barsOf(rows [][]string) (bars []bar, most float64) {
	for _, cells := range rows {
		value, err := strconv.ParseFloat(strings.TrimSpace(cells[1]), 64)
		if err != nil || len(bars) == maxBars {
			continue
		}
		bars, most = append(bars, bar{cells[0], value}), max(most, value)
	}
	return bars, most
}
