// Command run makes the Kafka topics that are missing, and ends: a job before the first start and with every upgrade. It is no part of
// the functions' image, which would grow by a tenth for it.
package main

import (
	"github.com/onlinemart/mart/infra/program"
	"github.com/onlinemart/mart/infra/topics"
)

func main() { program.Run("topics", topics.Run) }
