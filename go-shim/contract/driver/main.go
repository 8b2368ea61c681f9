// Command driver lets the contract runner use this library through its public API: see contract-tests/DRIVER.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/tabletheory/tabletheory-go"
)

// request is one line of the runner. Exactly one of the first members is set.
type request struct {
	Hello   *struct{ Protocol int } `json:"hello"`
	Open    *opening                `json:"open"`
	Call    json.RawMessage         `json:"call"`
	Raw     *string                 `json:"raw"`
	Explain json.RawMessage         `json:"explain"`
	Close   bool                    `json:"close"`

	Moment *moment `json:"moment"`
	Script []entry `json:"script"`
}

func main() {
	d := &driver{clock: newClock()}
	input, output := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if err == io.EOF {
			d.close()
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		text, err := json.Marshal(d.answer(line))
		if err == nil {
			_, err = output.Write(append(text, '\n'))
		}
		if err == nil {
			err = output.Flush()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// answer answers one line. A failure of the driver itself is an answer too.
func (d *driver) answer(line []byte) (answer any) {
	defer func() {
		if failure := recover(); failure != nil {
			answer = driverError{fmt.Sprint(failure)}
		}
	}()
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return driverError{err.Error()}
	}
	switch {
	case r.Hello != nil:
		return map[string]any{"hello": map[string]any{"protocol": 1, "host": "go", "version": tabletheory.Version}}
	case r.Open != nil:
		d.close()
		if err := d.open(r.Open); err != nil {
			return outcome{Error: errorDocument(err)}
		}
		return map[string]bool{"opened": true}
	case r.Close:
		d.close()
		return map[string]bool{"closed": true}
	case r.Explain != nil:
		return d.scripted(&r, func() (any, error) {
			plan, err := d.db.Explain(r.Explain)
			return json.RawMessage(plan.Document), err
		})
	case r.Call != nil:
		return d.scripted(&r, func() (any, error) { return d.call(context.Background(), r.Call) })
	case r.Raw != nil:
		return d.scripted(&r, func() (any, error) { return d.raw(*r.Raw) })
	}
	return driverError{"a request that is not known"}
}

type driverError struct {
	Text string `json:"driver_error"`
}

// outcome is the answer to a call.
type outcome struct {
	Result   any         `json:"result,omitempty"`
	Error    *errorText  `json:"error,omitempty"`
	Waits    *[]int64    `json:"waits,omitempty"`
	Requests *[]sentText `json:"requests,omitempty"`
}

func (d *driver) raw(text string) (any, error) {
	if d.db == nil {
		panic("a call before an opening")
	}
	result, err := d.db.Call(context.Background(), []byte(text))
	return result, err
}

// scripted runs a call with the moment and the script of its request.
func (d *driver) scripted(r *request, call func() (any, error)) any {
	if d.db == nil {
		return driverError{"a call before an opening"}
	}
	d.clock.begin(r.Moment)
	d.script.begin(r.Script)
	result, err := refused(call)
	answer := outcome{Result: result}
	if err != nil {
		answer = outcome{Error: errorDocument(err)}
	}
	if r.Moment != nil || d.isScripted {
		answer.Waits = d.clock.waits()
	}
	if d.isScripted {
		answer.Requests = d.script.requests()
	}
	return answer
}

// refused makes an error of the library out of a panic that carries one: a value that has no native form.
func refused(call func() (any, error)) (result any, err error) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case *tabletheory.Error:
			err = failure
		default:
			panic(failure)
		}
	}()
	return call()
}
