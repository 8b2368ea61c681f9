package tabletheorytest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// compare compares two JSON texts. What differs is shown line by line with some of what is around it; equal texts have no difference.
func compare(wanted, got string) string {
	before, after := lines(wanted), lines(got)
	if strings.Join(before, "\n") == strings.Join(after, "\n") {
		return ""
	}
	// common[i][j] is how many lines before[i:] and after[j:] have in common, in order.
	common := make([][]int, len(before)+1)
	for i := len(before); i >= 0; i-- {
		common[i] = make([]int, len(after)+1)
		for j := len(after) - 1; j >= 0 && i < len(before); j-- {
			if before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var shown []string
	changed := []int{}
	add := func(mark, line string) {
		if mark != "  " {
			changed = append(changed, len(shown))
		}
		shown = append(shown, mark+line)
	}
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			add("  ", before[i])
			i, j = i+1, j+1
		case i < len(before) && (j == len(after) || common[i+1][j] >= common[i][j+1]):
			add("- ", before[i])
			i++
		default:
			add("+ ", after[j])
			j++
		}
	}
	return around(shown, changed)
}

// around leaves out lines that are far from every change.
func around(shown []string, changed []int) string {
	var kept []string
	gap := false
	for n, line := range shown {
		near := false
		for _, at := range changed {
			near = near || n >= at-2 && n <= at+2
		}
		if !near {
			gap = true
			continue
		}
		if gap && len(kept) > 0 {
			kept = append(kept, "  …")
		}
		gap = false
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}

// lines writes a JSON text with one value to a line and members in the order of their names; other text as it is.
func lines(text string) []string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) == nil && !d.More() {
		var written bytes.Buffer
		e := json.NewEncoder(&written)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if e.Encode(value) == nil {
			text = written.String()
		}
	}
	return strings.Split(strings.TrimSpace(text), "\n")
}
