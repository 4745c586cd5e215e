/**
 * @file
 * Lab 3, exercise 5: ten thousand names, and what a look-up costs among them.
 *
 * Costs are measured in units of the time-stamp counter, which counts instructions in the emulated
 * machine. A look-up may grow a little with the number of names, since longer chains or deeper
 * trees are no mistake; a walk through all names is. The file owns no state.
 */
#include "names.h"

#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"

#define FEW     10u
#define MANY    10000u
#define SAMPLES 15u
/** A cost may grow to this many times itself, ... */
#define GROWTH 2u
/** ... and by this many units of the time-stamp counter besides. */
#define GROWTH_MORE 6400u

static const char *crowd_name(uint32_t number)
{
    static char name[40];
    (void)format_string(name, sizeof(name), "crowd:server%u:/volume%u", number % 97, number);
    return name;
}

static void crowd_register(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        const struct names_server *server = &names_servers[i % SERVERS];
        REQUIRE_RESULT(name_register(crowd_name(i), server->endpoint, server->process), 0,
                       "a name can be registered");
    }
}

/** What operations cost. */
struct costs {
    uint32_t found;    /**< To look up a name. */
    uint32_t within;   /**< To look up a long name within it. */
    uint32_t missing;  /**< To look up what is not there. */
    uint32_t turnover; /**< To register and unregister. */
};

static uint32_t time_since(uint64_t start)
{
    return (uint32_t)(cpu_timestamp() - start);
}

static uint32_t cost_of_lookup(const char *name, int expected)
{
    struct name_match match;
    uint64_t start = cpu_timestamp();
    int result = name_lookup(name, &match);
    uint32_t cost = time_since(start);
    REQUIRE_RESULT(result, expected, "what name_lookup() returns");
    return cost;
}

static uint32_t cost_of_turnover(void)
{
    uint64_t start = cpu_timestamp();
    int first = name_register("turnover:", names_servers[0].endpoint, names_servers[0].process);
    int second = name_unregister("turnover:", names_servers[0].process);
    uint32_t cost = time_since(start);
    REQUIRE(first == 0 && second == 0, "a name can be registered and withdrawn");
    return cost;
}

static struct costs measure(uint32_t count)
{
    uint32_t found[SAMPLES];
    uint32_t within[SAMPLES];
    uint32_t missing[SAMPLES];
    uint32_t turnover[SAMPLES];
    char deeper[80];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint32_t number = ktest_random() % count;
        found[i] = cost_of_lookup(crowd_name(number), 0);
        (void)format_string(deeper, sizeof(deeper), "%s/a/b/c/d/e/f", crowd_name(number));
        within[i] = cost_of_lookup(deeper, 0);
        missing[i] = cost_of_lookup(crowd_name(MANY + number), -E_NOT_FOUND);
        turnover[i] = cost_of_turnover();
    }
    return (struct costs){ktest_median(found, SAMPLES), ktest_median(within, SAMPLES),
                          ktest_median(missing, SAMPLES), ktest_median(turnover, SAMPLES)};
}

/** Check that a cost has not grown. */
static void expect_same(const struct ktest_check *check, uint32_t few, uint32_t many)
{
    char expected[48];
    char actual[32];
    uint32_t most = few * GROWTH + GROWTH_MORE;
    (void)format_string(expected, sizeof(expected), "at most %u units of time", most);
    (void)format_string(actual, sizeof(actual), "%u units", many);
    (void)ktest_check_true(check, many <= most, expected, actual);
}

KTEST(names_costs, KTEST_NAMES)
{
    names_begin();
    ktest_part("ten thousand names are found");
    crowd_register(0, FEW);
    const struct costs few = measure(FEW);
    crowd_register(FEW, MANY);
    EXPECT_EQUAL(name_count(), MANY, "all names are there");
    const struct costs many = measure(MANY);
    for (uint32_t i = 0; i < MANY; i += 101) {
        names_expect_found(crowd_name(i), i % SERVERS, "");
    }

    ktest_part("the cost does not grow");
    expect_same(KTEST_CHECK("a look-up costs as much with 10,000 names as with 10", false),
                few.found, many.found);
    expect_same(KTEST_CHECK("a look-up of what lies within a name costs as much", false),
                few.within, many.within);
    expect_same(KTEST_CHECK("a look-up of a name that is not there costs as much", false),
                few.missing, many.missing);
    expect_same(KTEST_CHECK("to register and to withdraw a name cost as much", false), few.turnover,
                many.turnover);

    ktest_part("all of them go");
    for (uint32_t i = 0; i < MANY; i += 2) {
        REQUIRE_RESULT(name_unregister(crowd_name(i), names_servers[i % SERVERS].process), 0,
                       "a name can be withdrawn");
    }
    EXPECT_EQUAL(name_count(), MANY / 2, "every second name is left");
    for (uint32_t i = 1; i < MANY; i += 102) {
        names_expect_found(crowd_name(i), i % SERVERS, "");
    }
    names_end();
}
