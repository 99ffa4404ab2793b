package domain

import "strings"

// currencies are those that somebody can pay with, and how many decimals each has: no funds codes, no metals, nothing for tests.
// Source: ISO 4217, list one.
var currencies = decimals(map[int]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF`,
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD
		EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
		MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
		SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
	3: `BHD IQD JOD KWD LYD OMR TND`,
})

func decimals(codes map[int]string) map[string]int {
	all := map[string]int{}
	for digits, list := range codes {
		for _, code := range strings.Fields(list) {
			all[code] = digits
		}
	}
	return all
}

// Decimals tells how many decimals a currency has: {1999, "USD"} is 19.99 dollars because a dollar has two. ok is false for what is no
// currency that anybody pays with.
func Decimals(currency string) (digits int, ok bool) {
	digits, ok = currencies[currency]
	return digits, ok
}

// finest is the smallest amount by which money changes hands in a currency, in its minor unit: cards are charged no thousandth.
func finest(currency string) int64 {
	if currencies[currency] == 3 {
		return 10
	}
	return 1
}

// MostChargeable is the most that a card can be charged at once, in the minor unit: eight digits.
const MostChargeable = 99_999_999

// Chargeables are the currencies of which it is another amount: twelve digits of rupiah, and less of what is charged in hundredths that it does not have.
// Source: docs.stripe.com/currencies, minimum and maximum charge amounts.
var Chargeables = map[string]int64{"IDR": 999_999_999_999, "ISK": 999_999, "UGX": 999_999}

// Chargeable is the most that a card can be charged at once in a currency, in its minor unit.
func Chargeable(currency string) int64 {
	if most, another := Chargeables[currency]; another {
		return most
	}
	return MostChargeable
}

// inFifths are the currencies whose coin is a fifth, while ISO 4217 writes them with two decimals and payment providers with none or not
// at all: what costs an amount of them could be listed and never be paid.
var inFifths = setOf("MGA", "MRU")

func (f *faults) currency(location, code string) {
	switch _, ok := currencies[code]; {
	case !ok:
		f.add(location, "must be a currency to pay with, in three capital letters, such as USD (ISO 4217)")
	case inFifths[code]:
		f.add(location, "must be another currency: no card can be charged %s, which has fifths and no hundredths", code)
	}
}
