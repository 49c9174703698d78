package model

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

const (
	countLimit  = 5000
	primeLimit  = 1e12
	digitsLimit = 60
)

var (
	countTo   = regexp.MustCompile(`(?i)\bcount (?:up )?(?:from (?:1|one) )?to (\d+)`)
	isItPrime = regexp.MustCompile(`(?i)\bis (\d+) (?:a )?prime\b|\bfactors? (?:of )?(\d+)`)
	operation = regexp.MustCompile(`(?i)^\W*(?:.*\b(?:what is|what's|compute|calculate|how much is)\s+)?(\d+)\s*([-+*/×x÷^])\s*(\d+)\W*$`)
)

// computed is an answer that even a script can work out.
type computed struct{ body, thought string }

// compute answers what needs no language model: counting, primes, one operation
// on whole numbers.
func compute(question string) (computed, bool) {
	question = strings.ReplaceAll(question, ",", "")
	if m := countTo.FindStringSubmatch(question); m != nil {
		return counted(m[1])
	}
	if m := isItPrime.FindStringSubmatch(question); m != nil {
		return factored(m[1] + m[2])
	}
	if m := operation.FindStringSubmatch(question); m != nil {
		return calculated(m[1], m[2], m[3])
	}
	return computed{}, false
}

func counted(to string) (computed, bool) {
	n, err := strconv.Atoi(to)
	if err != nil || n < 1 {
		return computed{}, false
	}
	last := min(n, countLimit)
	var b strings.Builder
	for i := 1; i <= last; i++ {
		switch {
		case i == 1:
		case i%10 == 1:
			b.WriteString(",\n")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(i))
	}
	b.WriteString(".")
	if last < n {
		fmt.Fprintf(&b, "\n\nThat is as far as the demo counts; %d was asked for.", n)
	}
	return computed{b.String(), fmt.Sprintf("This is a count: 1, 2, 3 and so on to %d, ten to a line.", last)}, true
}

func factored(digits string) (computed, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 2 || n > primeLimit {
		return computed{}, false
	}
	var factors []string
	var steps strings.Builder
	for rest := n; rest > 1; {
		f := smallestFactor(rest)
		if f < rest {
			fmt.Fprintf(&steps, "- %d ÷ %d = %d\n", rest, f, rest/f)
		}
		factors = append(factors, strconv.FormatInt(f, 10))
		rest /= f
	}
	if len(factors) == 1 {
		return computed{
			fmt.Sprintf("**Yes, %d is prime.** No prime up to $\\sqrt{%d}$ divides it, and a larger divisor would need a smaller partner.", n, n),
			fmt.Sprintf("To test %d I try the primes up to its square root. None of them divides it.", n),
		}, true
	}
	return computed{
		fmt.Sprintf("**No, %d is not prime:** $%d = %s$.\n\n%s", n, n, strings.Join(factors, ` \times `), strings.TrimSpace(steps.String())),
		fmt.Sprintf("To test %d I try the primes up to its square root. The first that divides it is %s.", n, factors[0]),
	}, true
}

// smallestFactor returns n itself for a prime.
func smallestFactor(n int64) int64 {
	if n%2 == 0 {
		return 2
	}
	for f := int64(3); f*f <= n; f += 2 {
		if n%f == 0 {
			return f
		}
	}
	return n
}

func calculated(left, op, right string) (computed, bool) {
	a, okA := new(big.Int).SetString(left, 10)
	b, okB := new(big.Int).SetString(right, 10)
	if !okA || !okB || len(left)+len(right) > digitsLimit {
		return computed{}, false
	}
	sign, result := op, new(big.Int)
	switch op {
	case "+":
		result.Add(a, b)
	case "-":
		result.Sub(a, b)
	case "*", "×", "x":
		sign = `\times`
		result.Mul(a, b)
	case "^":
		if !b.IsInt64() || b.Int64() > 200 {
			return computed{}, false
		}
		result.Exp(a, b, nil)
	default:
		return divided(a, b)
	}
	return computed{
		fmt.Sprintf("$%s %s %s = %s$\n\nThat much even a script can work out.", left, sign, right, result),
		fmt.Sprintf("This is arithmetic: %s %s %s. Whole numbers, so the result is exact: %s.", left, op, right, result),
	}, true
}

func divided(a, b *big.Int) (computed, bool) {
	if b.Sign() == 0 {
		return computed{"Nothing can be divided by zero: no number times 0 gives " + a.String() + ".", "A division by zero has no result."}, true
	}
	quotient, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	body := fmt.Sprintf("$%s \\div %s = %s$", a, b, quotient)
	if rest.Sign() != 0 {
		body = fmt.Sprintf("$%s \\div %s \\approx %s$, or %s with a remainder of %s.", a, b, new(big.Rat).SetFrac(a, b).FloatString(6), quotient, rest)
	}
	return computed{body, fmt.Sprintf("A division: %s goes into %s %s times, and leaves %s.", b, a, quotient, rest)}, true
}
