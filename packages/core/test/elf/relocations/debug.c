/* Two functions in sections of their own, a call, a variable, a loop: location lists, ranges, line and frame tables. */
struct pair {
	int first;
	struct pair *next;
};

extern int other(struct pair *);

int counter = 3;
static struct pair head = { 1, &head };

__attribute__((section(".init.text"))) int setup(int rounds)
{
	int sum = 0;

	for (int i = 0; i < rounds; i++)
		sum += other(&head) * i;
	counter = sum;
	return sum;
}

int walk(struct pair *list)
{
	int length = 0;

	while (list) {
		length += list->first + other(list);
		list = list->next;
	}
	return length + counter;
}
