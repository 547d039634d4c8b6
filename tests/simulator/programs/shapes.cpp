// C++ without a library: constructors before main, virtual functions, templates, lambdas, references and destructors.
#include "runtime/console.h"

void *operator new(size_t, void *place) noexcept { return place; }
void operator delete(void *, size_t) noexcept {}
void operator delete(void *) noexcept {}
extern "C" void __cxa_pure_virtual() { for (;;) {} }

namespace {
uint64_t destroyed = 0;

struct Shape {
  virtual uint32_t area() const = 0;
  virtual ~Shape() { destroyed = destroyed * 31 + 1; }
};

struct Square : Shape {
  explicit Square(uint32_t side) : side(side) {}
  uint32_t area() const override { return side * side; }
  ~Square() override { destroyed += side; }
  uint32_t side;
};

struct Triangle final : Shape {
  Triangle(uint32_t base, uint32_t height) : base(base), height(height) {}
  uint32_t area() const override { return base * height / 2; }
  uint32_t base, height;
};

template <typename T, unsigned capacity> class Stack {
public:
  template <typename U, typename... Arguments> void emplace(Arguments... arguments) { items[count] = new (storage[count]) U(arguments...); count++; }
  template <typename Visit> void each(Visit visit) const { for (unsigned i = 0; i < count; i++) visit(*items[i]); }
  ~Stack() { while (count > 0) items[--count]->~T(); }

private:
  alignas(16) char storage[capacity][32];
  T *items[capacity];
  unsigned count = 0;
};

struct Early {
  explicit Early(uint32_t value) : value(value * 3 + 1) {}
  uint32_t value;
};
volatile uint32_t seed = 5;
Early early(seed);
}

extern "C" int main()
{
  report("early", early.value);
  {
    Stack<Shape, 64> shapes;
    for (uint32_t i = 1; i <= 30; i++) {
      shapes.emplace<Square>(i);
      shapes.emplace<Triangle>(i, i + 3);
    }
    uint64_t total = 0;
    shapes.each([&total](const Shape &shape) { total = total * 7 + shape.area(); });
    report("areas", total);
  }
  report("destroyed", destroyed);
  return 0;
}
