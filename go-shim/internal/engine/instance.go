package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// A TrapError means that an instance broke and was discarded, and with it all its operations.
type TrapError struct{ Cause error }

func (e *TrapError) Error() string { return "the core trapped: " + e.Cause.Error() }
func (e *TrapError) Unwrap() error { return e.Cause }

// A RefusedError carries an error document of the core.
type RefusedError struct{ Document string }

func (e *RefusedError) Error() string { return e.Document }

// instance is one instance of the core. One goroutine at a time.
type instance struct {
	module                                            api.Module
	memory                                            api.Memory
	exports                                           map[string]api.Function
	realloc, begin, carryOn, afterBegin, afterCarryOn api.Function
	stack                                             [16]uint64
	client                                            uint32
	// The last texts of requests: service, action and URL repeat, so they are not copied each time.
	service, action, url string
}

var exports = []string{"info", "open", "describe", "start", "resume", "abandon", "cabi_realloc"}

func (p *Program) instantiate(ctx context.Context) (*instance, error) {
	if spare := p.spare.Swap(nil); spare != nil {
		return spare, nil
	}
	module, err := p.runtime.InstantiateModule(ctx, p.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("the core does not start: %w", err)
	}
	i := &instance{module: module, memory: module.Memory(), exports: map[string]api.Function{}}
	for name := range module.ExportedFunctionDefinitions() {
		i.exports[name] = module.ExportedFunction(name)
	}
	for _, name := range exports {
		if i.exports[name] == nil || i.memory == nil {
			i.discard()
			return nil, fmt.Errorf("the core does not export `%s` and a memory", name)
		}
	}
	i.realloc, i.begin, i.carryOn = i.exports["cabi_realloc"], i.exports["start"], i.exports["resume"]
	i.afterBegin, i.afterCarryOn = i.exports["cabi_post_start"], i.exports["cabi_post_resume"]
	return i, nil
}

func (i *instance) discard() { _ = i.module.Close(context.Background()) }

// call calls a function with what the first cells of the stack hold.
func (i *instance) call(function api.Function, cells int) (uint32, error) {
	if err := function.CallWithStack(context.Background(), i.stack[:max(cells, 1)]); err != nil {
		return 0, &TrapError{err}
	}
	return uint32(i.stack[0]), nil
}

// release gives the return area back.
func (i *instance) release(function api.Function, area uint32) error {
	if function == nil {
		return nil
	}
	i.stack[0] = uint64(area)
	_, err := i.call(function, 1)
	return err
}

var errOutside = &TrapError{errors.New("an address outside of the memory")}

// lower copies bytes into the memory of the core, which owns them from then on.
func lower[T []byte | string](i *instance, data T) (address, length uint64, err error) {
	if len(data) == 0 {
		return 1, 0, nil
	}
	i.stack[0], i.stack[1], i.stack[2], i.stack[3] = 0, 0, 1, uint64(len(data))
	at, err := i.call(i.realloc, 4)
	if err != nil {
		return 0, 0, err
	}
	view, ok := i.memory.Read(at, uint32(len(data)))
	if !ok {
		return 0, 0, errOutside
	}
	copy(view, data)
	return uint64(at), uint64(len(data)), nil
}

func (i *instance) word(at uint32) uint32 {
	value, _ := i.memory.ReadUint32Le(at)
	return value
}

// view is the list or string whose address and length stand at an address. It is valid until the next call.
func (i *instance) view(at uint32) ([]byte, error) {
	address, ok1 := i.memory.ReadUint32Le(at)
	length, ok2 := i.memory.ReadUint32Le(at + 4)
	if !ok1 || !ok2 {
		return nil, errOutside
	}
	view, ok := i.memory.Read(address, length)
	if !ok {
		return nil, errOutside
	}
	return view, nil
}

func (i *instance) text(at uint32, last *string) (string, error) {
	view, err := i.view(at)
	if last == nil {
		return string(view), err
	}
	if string(view) != *last {
		*last = string(view)
	}
	return *last, err
}

func (i *instance) info() (string, error) {
	area, err := i.call(i.exports["info"], 0)
	if err != nil {
		return "", err
	}
	text, err := i.text(area, nil)
	return text, errors.Join(err, i.release(i.exports["cabi_post_info"], area))
}

// openClient compiles the document with the settings.
func (i *instance) openClient(document, settings []byte) error {
	at, length, err := lower(i, document)
	if err != nil {
		return err
	}
	at2, length2, err := lower(i, settings)
	if err != nil {
		return err
	}
	i.stack[0], i.stack[1], i.stack[2], i.stack[3] = at, length, at2, length2
	area, err := i.call(i.exports["open"], 4)
	if err != nil {
		return err
	}
	failed := i.word(area) & 0xff
	i.client = i.word(area + 4)
	if failed != 0 {
		return i.refusal(area, i.exports["cabi_post_open"])
	}
	return i.release(i.exports["cabi_post_open"], area)
}

// refusal reads the error document of a `result` whose discriminant is set.
func (i *instance) refusal(area uint32, post api.Function) error {
	document, err := i.text(area+4, nil)
	if err := errors.Join(err, i.release(post, area)); err != nil {
		return err
	}
	return &RefusedError{document}
}

func (i *instance) describe() (string, error) {
	i.stack[0] = uint64(i.client)
	area, err := i.call(i.exports["describe"], 1)
	if err != nil {
		return "", err
	}
	post := i.exports["cabi_post_describe"]
	if i.word(area)&0xff != 0 {
		return "", i.refusal(area, post)
	}
	document, err := i.text(area+4, nil)
	return document, errors.Join(err, i.release(post, area))
}

// explain says what a call would do.
func (i *instance) explain(call []byte, moment Moment) (string, error) {
	function := i.exports["explain"]
	if function == nil {
		return "", errors.New("the core does not export `explain`")
	}
	at, length, err := lower(i, call)
	if err != nil {
		return "", err
	}
	i.stack[0], i.stack[1], i.stack[2] = uint64(i.client), at, length
	i.stack[3], i.stack[4], i.stack[5] = moment.Nanos, moment.SeedHigh, moment.SeedLow
	area, err := i.call(function, 6)
	if err != nil {
		return "", err
	}
	post := i.exports["cabi_post_explain"]
	if i.word(area)&0xff != 0 {
		return "", i.refusal(area, post)
	}
	document, err := i.text(area+4, nil)
	return document, errors.Join(err, i.release(post, area))
}

// start begins an operation; its handle is 0 when the step is the last one.
func (i *instance) start(call []byte, moment Moment, step *Step) (handle uint32, err error) {
	at, length, err := lower(i, call)
	if err != nil {
		return 0, err
	}
	i.stack[0], i.stack[1], i.stack[2] = uint64(i.client), at, length
	i.stack[3], i.stack[4], i.stack[5] = moment.Nanos, moment.SeedHigh, moment.SeedLow
	area, err := i.call(i.begin, 6)
	if err != nil {
		return 0, err
	}
	handle = i.word(area)
	if err = i.lift(area+4, step); err == nil {
		err = i.release(i.afterBegin, area)
	}
	return handle, err
}

func (i *instance) resume(handle, request uint32, reply *Reply, moment Moment, step *Step) (verdict Verdict, err error) {
	var payload [5]uint64
	switch reply.Kind {
	case Response:
		payload[0] = uint64(reply.Status)
		if payload[1], payload[2], err = lower(i, reply.Head); err == nil {
			payload[3], payload[4], err = lower(i, reply.Body)
		}
	case Failure:
		payload[0] = uint64(reply.Failure)
		payload[1], payload[2], err = lower(i, reply.Text)
	case Received:
		payload[0], payload[1], err = lower(i, reply.Body)
	case GiveCredentials, NoCredentials:
		payload[0], payload[1], err = lower(i, reply.Text)
	case Stop:
		payload[0] = uint64(reply.Stop)
	}
	if err != nil {
		return verdict, err
	}
	i.stack[0], i.stack[1], i.stack[2] = uint64(handle), uint64(request), uint64(reply.Kind)
	copy(i.stack[3:8], payload[:])
	i.stack[8], i.stack[9], i.stack[10] = moment.Nanos, moment.SeedHigh, moment.SeedLow
	area, err := i.call(i.carryOn, 11)
	if err != nil {
		return verdict, err
	}
	verdict = Verdict{Fate(i.word(area) & 0xff), i.word(area + 4)}
	if err = i.lift(area+8, step); err == nil {
		err = i.release(i.afterCarryOn, area)
	}
	return verdict, err
}

func (i *instance) abandon(handle uint32) error {
	i.stack[0] = uint64(handle)
	_, err := i.call(i.exports["abandon"], 1)
	return err
}

// lift copies a step out of the memory.
func (i *instance) lift(at uint32, step *Step) (err error) {
	const requestSize = 48
	*step = Step{Kind: StepKind(i.word(at) & 0xff), Requests: step.Requests[:0]}
	switch step.Kind {
	case Done, Failed:
		step.Document, err = i.text(at+4, nil)
		return err
	case Credentials:
		return nil
	case Run:
	default:
		return &TrapError{fmt.Errorf("a step of an unknown kind, %d", step.Kind)}
	}
	first, count := i.word(at+4), i.word(at+8)
	step.Timer, step.Wait = i.word(at+12)&0xff != 0, i.word(at+16)
	if i.word(at+20)&0xff != 0 {
		if step.Progress, err = i.text(at+24, nil); err != nil {
			return err
		}
	}
	if uint64(first)+uint64(count)*requestSize > uint64(i.memory.Size()) {
		return errOutside
	}
	step.Requests = slices.Grow(step.Requests, int(count))[:count]
	for n := range step.Requests {
		if err := i.liftRequest(&step.Requests[n], first+uint32(n)*requestSize); err != nil {
			return err
		}
	}
	return nil
}

func (i *instance) liftRequest(request *Request, at uint32) (err error) {
	request.ID, request.Fresh = i.word(at), i.word(at+44)&0xff != 0
	if request.Service, err = i.text(at+4, &i.service); err != nil {
		return err
	}
	if request.Action, err = i.text(at+12, &i.action); err != nil {
		return err
	}
	if request.URL, err = i.text(at+20, &i.url); err != nil {
		return err
	}
	if request.Head, err = i.text(at+28, nil); err != nil {
		return err
	}
	body, err := i.view(at + 36)
	request.Body = append(request.Body[:0], body...)
	return err
}
