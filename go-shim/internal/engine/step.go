package engine

// Moment is one instant and its randomness.
type Moment struct {
	Nanos             uint64
	SeedHigh, SeedLow uint64
}

// Request is one request for the transport.
type Request struct {
	ID      uint32
	Service string
	Action  string
	URL     string
	Head    string
	Body    []byte
}

// StepKind says what the core wants next.
type StepKind uint8

// The kinds of steps, in the order of the boundary.
const (
	Run StepKind = iota
	Credentials
	Done
	Failed
)

// Step is what the host is to do next.
type Step struct {
	Kind     StepKind
	Requests []Request
	// Timer says that Wait (milliseconds) is set.
	Timer bool
	Wait  uint32
	// Document is the result of Done or the error of Failed.
	Document string
}

// ReplyKind says what is handed in.
type ReplyKind uint8

// The kinds of replies, in the order of the boundary.
const (
	Response ReplyKind = iota
	Failure
	Elapsed
	GiveCredentials
	NoCredentials
)

// FailureKind says how far a failed request got.
type FailureKind uint8

// The kinds of failures, in the order of the boundary.
const (
	Connect FailureKind = iota
	Timeout
	Broken
	Refused
)

// Reply is what is handed in. Text is the message of a failure, the credentials document, or where they were looked for.
type Reply struct {
	Kind    ReplyKind
	Failure FailureKind
	Status  uint16
	Head    []byte
	Body    []byte
	Text    string
}
