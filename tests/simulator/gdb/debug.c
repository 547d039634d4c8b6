/* What a debugger is tried on: a call in a loop, variables of several kinds, and a loop that only a debugger ends. */
struct point {
  int x, y;
};

volatile int total;
volatile int forever;
struct point corner = {3, 4};

static int square(int x)
{
  int product = x * x;
  return product;
}

int add(int a, int b)
{
  int sum = a + b;
  total += sum;
  return sum;
}

int main(void)
{
  for (int i = 0; i < 5; i++) {
    int side = square(i);
    add(side, corner.x);
  }
  while (forever) total++;
  return total & 0x7f;
}
