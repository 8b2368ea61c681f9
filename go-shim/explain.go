package tabletheory

import "github.com/tabletheory/tabletheory-go/internal/plain"

// JSON is a JSON text as it stands.
type JSON = plain.Raw

// Plan is what a call would do: see [Explain].
type Plan struct {
	// Document is the whole of it (`explanation.schema.json`).
	Document  JSON   `json:"-"`
	Operation string `json:"operation"`
	// Requests are those that would be sent before any answer; Follows says what comes after, if that depends on the answers.
	Requests []PlannedRequest `json:"requests"`
	Follows  string           `json:"follows"`
	// Index is the index that would be read, empty for the table itself.
	Index string `json:"index"`
	// KeyCondition is what items are found by, Filter what drops those that were read, with names in the places of placeholders.
	KeyCondition string `json:"key_condition"`
	Filter       string `json:"filter"`
	// IndexAdvice is a better way to the same items; nil if there is none.
	IndexAdvice *IndexAdvice `json:"index_advice"`
	Cost        Cost         `json:"cost"`
	// Warnings say what is doubtful. They never change a result.
	Warnings []PlanWarning `json:"warnings"`
}

// PlannedRequest is a request that would be sent: the API action, and its body.
type PlannedRequest struct {
	Action string `json:"action"`
	Body   JSON   `json:"body"`
}

// IndexAdvice is a better way to the same items.
type IndexAdvice struct {
	// Index is the index to query, empty for the table itself; Uses are the attributes of its key that the call has conditions on.
	Index  string   `json:"index"`
	Uses   []string `json:"uses"`
	Reason string   `json:"reason"`
	// Differs says in what its result may differ.
	Differs []string `json:"differs"`
}

// Cost is what a call would pay for.
type Cost struct {
	// Shape is how much is touched: `none`, `one_item`, `items`, `range`, `partition`, `index` or `table`.
	Shape string `json:"shape"`
	// Read and Write are nil where nothing is read or written.
	Read  *Units `json:"read"`
	Write *Units `json:"write"`
	// Indexes are those that a write may have to change, too, each for its own write units.
	Indexes []string `json:"indexes"`
}

// Units are capacity units: so many for each PerBytes of what Of says, rounded up.
type Units struct {
	Units    float64 `json:"units"`
	PerBytes int     `json:"per_bytes"`
	Of       string  `json:"of"`
}

// PlanWarning is something doubtful about a call, with a JSON pointer into its document.
type PlanWarning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Path    string `json:"path"`
}

// Explain fills in what a call would do, with whatever function it is made, and keeps it from being sent: the function then gives
// nothing, and no error unless the call is refused before sending.
//
//	var plan tabletheory.Plan
//	_, err := notes.Query("u#1").With(tabletheory.Explain(&plan)).All(ctx)
func Explain(into *Plan) CallOption { return func(c *call) { c.plan = into } }

// Explain says what a call document would do.
func (db *DB) Explain(document []byte) (Plan, error) {
	text, err := db.pool.Explain(document)
	if err != nil {
		return Plan{}, broken(err, NotSent)
	}
	plan := Plan{Document: JSON(text)}
	if err := plain.Decode(text, &plan); err != nil {
		return Plan{}, newError(ErrInternal, "the core gave a plan that cannot be read", err)
	}
	return plan, nil
}
