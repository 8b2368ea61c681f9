package tabletheory

import (
	"context"
	"sync"

	"github.com/tabletheory/tabletheory-go/internal/engine"
)

// several are requests of one operation that are in flight side by side. Their goroutines read and write; the goroutine of the
// call talks with the core.
type several struct {
	db       *DB
	flight   context.Context
	land     context.CancelFunc
	replies  chan handed
	inFlight int
	running  sync.WaitGroup
}

// handed is a reply on its way to the core.
type handed struct {
	request uint32
	reply   *engine.Reply
	cause   error
	verdict chan<- engine.Verdict
}

// lane is the receiver of one of the requests.
type lane struct {
	*several
	verdict chan engine.Verdict
}

func newSeveral(ctx context.Context, db *DB) *several {
	s := &several{db: db, replies: make(chan handed)}
	s.flight, s.land = context.WithCancel(ctx)
	return s
}

func (s *several) launch(request engine.Request) {
	s.inFlight++
	s.running.Go(func() { s.db.send(s.flight, &request, &lane{s, make(chan engine.Verdict, 1)}) })
}

// hand waits for the verdict even if the call ends: until then the core may be reading what the reply holds.
func (l *lane) hand(request uint32, reply *engine.Reply, cause error) engine.Verdict {
	select {
	case l.replies <- handed{request, reply, cause, l.verdict}:
		return <-l.verdict
	case <-l.flight.Done():
		return engine.Verdict{Fate: engine.Close}
	}
}

// end ends what is still in flight.
func (s *several) end() {
	s.land()
	s.running.Wait()
}
