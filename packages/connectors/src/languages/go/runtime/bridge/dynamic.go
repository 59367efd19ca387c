package bridge

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The search over the operations of an API with more of them than a model can read through. It is plain
// arithmetic on words, so that it needs no index, costs a few milliseconds and gives everybody the same order; a
// model that asks in other words asks again.

const (
	defaultLimit = 10
	maxLimit     = 50
)

type foundOperation struct {
	Operation string `json:"operation"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Title     string `json:"title,omitempty"`
}

type found struct {
	Operations []foundOperation `json:"operations"`
	Total      int              `json:"total"`
}

// entry is what the search looks at: texts of words between blanks.
type entry struct {
	operation   *operation
	label       string
	description string
}

// operationSearch answers a search. For each word of the query an operation gets 4 points when name, path or title
// have it as a word, 3 when one of their words begins with it, 2 when it is inside one, and 1 when a word of the
// description begins with it. More points first, then the shorter label, then the list's order.
func operationSearch(operations []*operation) func(query string, limit int) found {
	entries := sync.OnceValue(func() []entry {
		entries := make([]entry, len(operations))
		for index, each := range operations {
			label := each.Name + " " + each.Method + " " + each.Path + " " + each.Title
			entries[index] = entry{each, spaced(label), spaced(each.Description)}
		}
		return entries
	})
	return func(query string, limit int) found {
		type scored struct {
			entry
			points int
		}
		words := strings.Fields(spaced(query))
		slices.Sort(words)
		words = slices.Compact(words)
		var matches []scored
		for _, each := range entries() {
			points := 0
			for _, word := range words {
				points += each.points(word)
			}
			if points > 0 {
				matches = append(matches, scored{each, points})
			}
		}
		slices.SortStableFunc(matches, func(left, right scored) int {
			if left.points != right.points {
				return right.points - left.points
			}
			return length(left.label) - length(right.label)
		})
		if limit == 0 {
			limit = defaultLimit
		}
		best := []foundOperation{}
		for _, each := range matches[:min(len(matches), limit, maxLimit)] {
			best = append(best, foundOperation{each.operation.Name, each.operation.Method, each.operation.Path, each.operation.Title})
		}
		return found{best, len(matches)}
	}
}

func (e entry) points(word string) int {
	stem := word
	// "issues" shall find "issue", too.
	if length(word) > 3 {
		stem = strings.TrimSuffix(word, "s")
	}
	switch {
	case strings.Contains(e.label, " "+word+" "):
		return 4
	case strings.Contains(e.label, " "+stem):
		return 3
	case strings.Contains(e.label, stem):
		return 2
	case strings.Contains(e.description, " "+stem):
		return 1
	}
	return 0
}

var (
	hump      = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	notInWord = regexp.MustCompile(`[^\p{L}\p{N}]+`)
)

// spaced answers the text's words in lower case, a blank before and after each; "listOpenIssues" has three.
func spaced(text string) string {
	humps := hump.ReplaceAllString(text, "$1 $2")
	return " " + strings.TrimSpace(notInWord.ReplaceAllString(strings.ToLower(humps), " ")) + " "
}
