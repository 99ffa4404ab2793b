// Command function is what the production image holds: one process, one function, named by FUNCTION or K_SERVICE.
//
// It links no broker, database or mail server: those are only in `mart`.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/onlinemart/mart/infra/process"
)

func main() {
	if err := process.Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "mart:", err)
		os.Exit(1)
	}
}
