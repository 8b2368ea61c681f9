package engine

// Moment is one instant and its randomness.
type Moment struct {
	Nanos             uint64
	SeedHigh, SeedLow uint64
}

// Request is one request for the transport. With sockets, Body is the whole HTTP message, and Fresh asks for a new connection.
type Request struct {
	ID      uint32
	Service string
	Action  string
	URL     string
	Head    string
	Body    []byte
	Fresh   bool
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

// Step is what the host is to do next. It is filled in by Start and Resume, which use again what it holds: requests and their
// bodies are valid until then.
type Step struct {
	Kind     StepKind
	Requests []Request
	// Timer says that Wait (milliseconds) is set.
	Timer bool
	Wait  uint32
	// Progress says how far the operation has come; empty unless it was asked for.
	Progress string
	// Document is the result of Done or the error of Failed.
	Document string
}

// Fate says what is to become of the connection that a reply came from.
type Fate uint8

// The fates, in the order of the boundary.
const (
	Keep Fate = iota
	Close
	More
)

// Verdict is the fate of a connection; Missing is how many bytes are missing at least when it is More, 0 if that is not known.
type Verdict struct {
	Fate    Fate
	Missing uint32
}

// ReplyKind says what is handed in.
type ReplyKind uint8

// The kinds of replies, in the order of the boundary.
const (
	Response ReplyKind = iota
	Failure
	Received
	Ended
	Elapsed
	GiveCredentials
	NoCredentials
	Stop
)

// The reasons of Stop, in the order of the boundary.
const (
	Cancelled uint8 = iota
	Deadline
)

// FailureKind says how far a failed request got.
type FailureKind uint8

// The kinds of failures, in the order of the boundary.
const (
	Connect FailureKind = iota
	Timeout
	Broken
	Refused
	Unauthorized
	Stale
)

// Reply is what is handed in. Body is that of a response, or the bytes received. Text is the message of a failure, the
// credentials document, or where they were looked for.
type Reply struct {
	Kind    ReplyKind
	Failure FailureKind
	Stop    uint8
	Status  uint16
	Head    []byte
	Body    []byte
	Text    string
}
