package global.pixell.par.testkit.junit;

import global.pixell.par.Par;
import global.pixell.par.testkit.FakeClock;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.stub.StubServer;
import global.pixell.par.testkit.junit.ParTest.Check;
import global.pixell.par.testkit.junit.ParTest.Scope;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ModifierSupport;

/**
 * The JUnit extension behind {@link ParTest}, also for fields:
 *
 * <pre>{@code
 * @RegisterExtension static ParExtension par = ParExtension.create();
 *
 * @DynamicPropertySource
 * static void properties(DynamicPropertyRegistry registry) {
 *   par.s3().registerProperties(registry::add);
 * }
 * }</pre>
 *
 * <p>In a static field, all tests of the class share the server, as with {@link Scope#CLASS}; in
 * another field each test has its own. Parameters and fields are filled as with {@link ParTest}.
 */
public final class ParExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        TestInstancePostProcessor,
        ParameterResolver {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(ParExtension.class);
  private static final Set<String> TYPES =
      Set.of(FakeS3.class.getName(), FakeClock.class.getName(), Par.class.getName());

  /** What {@link #create} asked for; null for the extension of an annotation. */
  private final @Nullable ParSettings registered;

  private volatile boolean forClass;
  private volatile @Nullable S3Fixture current;
  private volatile @Nullable StubServer stubs;

  /** Made by JUnit for {@link ParTest}. */
  ParExtension() {
    registered = null;
  }

  private ParExtension(ParSettings settings) {
    registered = settings;
  }

  /**
   * Creates an extension with the defaults of {@link ParTest}, for a field with
   * {@code @RegisterExtension}.
   *
   * @return a new extension
   */
  public static ParExtension create() {
    return new ParExtension(new ParSettings(Scope.METHOD, "", Check.FAIL, Check.FAIL));
  }

  /**
   * Creates an extension that also starts a WireMock, see {@link ParTest#stubs}.
   *
   * @param stubs a directory, or {@link ParTest#IN_CODE}
   * @return a new extension
   */
  public static ParExtension withStubs(String stubs) {
    return new ParExtension(new ParSettings(Scope.METHOD, stubs, Check.FAIL, Check.FAIL));
  }

  /**
   * The server of the test that runs, or of the class.
   *
   * @return a running server
   * @throws IllegalStateException before it has started
   */
  public FakeS3 s3() {
    return running().s3();
  }

  /**
   * A {@code Par} for that server.
   *
   * @return the same one for each call with the same server
   * @throws IllegalStateException before it has started
   */
  public Par par() {
    return running().par();
  }

  /**
   * The address of the stubs.
   *
   * @return such as {@code http://127.0.0.1:8089}, without a slash at the end
   * @throws IllegalStateException before they have started, and without stubs
   */
  public String stubsUrl() {
    StubServer server = stubs;
    if (server == null) {
      throw new IllegalStateException("no stubs run; create the extension with withStubs");
    }
    return server.baseUrl();
  }

  private S3Fixture running() {
    S3Fixture fixture = current;
    if (fixture == null) {
      throw new IllegalStateException(
          "the fake S3 has not started yet; it starts before @BeforeAll for a static field, and"
              + " before @BeforeEach for another one");
    }
    return fixture;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    // JUnit calls this for the extensions of static fields, and of the fields of an instance per
    // class.
    forClass = true;
    ParSettings settings = settings(context);
    List<Field> fields = fields(context.getRequiredTestClass(), ModifierSupport::isStatic);
    if (isShared(settings)) {
      current = fixture(settings, context);
      // Made here, so that the tests of nested classes find it.
      lock(context);
      stubs = settings.hasStubs() ? stubs(settings, context) : null;
      fields.forEach(field -> inject(field, null, settings, context));
    } else if (!fields.isEmpty()) {
      throw new ExtensionConfigurationException(
          fields.get(0)
              + " is static, so all tests of the class would share it: set scope = CLASS, or make"
              + " it an instance field");
    }
  }

  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    ParSettings settings = settings(context);
    if (isShared(settings)) {
      injectInto(instance, settings, context);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    ParSettings settings = settings(context);
    if (settings.isShared() && owner(context).getTestMethod().isPresent()) {
      throw new ExtensionConfigurationException(
          "scope = CLASS belongs to a @ParTest of the class, not of a method");
    }
    if (isShared(settings) || settings.hasStubs()) {
      store(context).put(key("turn", context), new Turn(lock(context)));
    }
    if (isShared(settings)) {
      fixture(settings, context).s3().resetRequests();
    }
    if (registered != null) {
      current = fixture(settings, context);
    }
    if (settings.hasStubs()) {
      StubServer server = stubs(settings, context);
      stubs = server;
      server.reset();
    }
    context
        .getRequiredTestInstances()
        .getAllInstances()
        .forEach(instance -> injectInto(instance, settings, context));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    ParSettings settings = settings(context);
    ExtensionContext owner = s3Owner(settings, context);
    S3Fixture fixture = store(owner).get(key("s3", owner), S3Fixture.class);
    boolean passed = context.getExecutionException().isEmpty();
    try {
      if (passed && fixture != null && settings.unusedFaults() == Check.FAIL) {
        fixture.s3().verifyFaultsUsed();
      }
    } finally {
      if (fixture != null && isShared(settings)) {
        fixture.s3().resetFaults();
      }
    }
    if (passed && settings.hasStubs() && settings.unmatched() == Check.FAIL) {
      stubs(settings, context).checkUnmatched();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return isKnown(parameter.getParameter().getType(), settings(context));
  }

  private static boolean isKnown(Class<?> type, ParSettings settings) {
    return TYPES.contains(type.getName())
        || (settings.hasStubs() && StubServer.TYPES.contains(type.getName()));
  }

  /** With this scope, a constructor gets the same objects as its test method. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return resolve(parameter.getParameter().getType(), settings(context), context);
  }

  private Object resolve(Class<?> type, ParSettings settings, ExtensionContext context) {
    if (!TYPES.contains(type.getName())) {
      return stubs(settings, context).instance(type.getName());
    }
    if (context.getTestMethod().isEmpty() && !isShared(settings)) {
      throw new ParameterResolutionException(
          "A "
              + type.getSimpleName()
              + " belongs to one test method; take it as a parameter of the test, of @BeforeEach or"
              + " of the constructor of a class with an instance per method, or share it with"
              + " scope = CLASS.");
    }
    S3Fixture fixture = fixture(settings, context);
    if (type == Par.class) {
      return fixture.par();
    }
    return type == FakeClock.class ? fixture.s3().clock() : fixture.s3();
  }

  private void injectInto(Object instance, ParSettings settings, ExtensionContext context) {
    for (Field field : fields(instance.getClass(), ModifierSupport::isNotStatic)) {
      inject(field, instance, settings, context);
    }
  }

  private static List<Field> fields(Class<?> type, Predicate<Field> wanted) {
    return AnnotationSupport.findAnnotatedFields(
        type, ParTest.Inject.class, wanted, HierarchyTraversalMode.TOP_DOWN);
  }

  private void inject(
      Field field, @Nullable Object instance, ParSettings settings, ExtensionContext context) {
    if (Modifier.isFinal(field.getModifiers()) || !isKnown(field.getType(), settings)) {
      throw new ExtensionConfigurationException(
          field
              + " cannot be injected: it must not be final, and its type must be FakeS3, FakeClock"
              + " or Par, or with stubs WireMock, WireMockServer or WireMockRuntimeInfo");
    }
    try {
      field.setAccessible(true);
      field.set(instance, resolve(field.getType(), settings, context));
    } catch (IllegalAccessException e) {
      throw new ExtensionConfigurationException(field + " cannot be injected", e);
    }
  }

  private boolean isShared(ParSettings settings) {
    return registered == null ? settings.isShared() : forClass;
  }

  private S3Fixture fixture(ParSettings settings, ExtensionContext context) {
    ExtensionContext owner = s3Owner(settings, context);
    return store(owner)
        .getOrComputeIfAbsent(key("s3", owner), key -> new S3Fixture(), S3Fixture.class);
  }

  private ExtensionContext s3Owner(ParSettings settings, ExtensionContext context) {
    return isShared(settings) ? owner(context) : context;
  }

  private StubServer stubs(ParSettings settings, ExtensionContext context) {
    ExtensionContext owner = owner(context);
    ClassLoader classPath = owner.getRequiredTestClass().getClassLoader();
    return store(owner)
        .getOrComputeIfAbsent(
            key("stubs", owner),
            key -> new StubFixture(settings.stubs(), classPath),
            StubFixture.class)
        .server();
  }

  private ReentrantLock lock(ExtensionContext context) {
    ExtensionContext owner = owner(context);
    return store(owner)
        .getOrComputeIfAbsent(key("lock", owner), name -> new ReentrantLock(), ReentrantLock.class);
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }

  /**
   * The key of something in a store, which also finds what the stores around it have. For an
   * annotation the key names the owner, because a method with an annotation of its own shares
   * nothing with its class. For a field it names this extension, and nested classes share it.
   */
  private Object key(String name, ExtensionContext owner) {
    return List.of(registered == null ? owner.getUniqueId() : System.identityHashCode(this), name);
  }

  private ParSettings settings(ExtensionContext context) {
    return registered != null
        ? registered
        : annotationOf(context)
            .map(ParSettings::of)
            .orElseThrow(
                () -> new ExtensionConfigurationException("ParExtension is used through @ParTest"));
  }

  /** The annotation of the method, else of its class, else of the class around it. */
  private static Optional<ParTest> annotationOf(ExtensionContext context) {
    for (Optional<ExtensionContext> each = Optional.of(context);
        each.isPresent();
        each = each.get().getParent()) {
      Optional<ParTest> found =
          AnnotationSupport.findAnnotation(each.get().getElement(), ParTest.class);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** The context that has the annotation or the field: its tests share what is one for a class. */
  private ExtensionContext owner(ExtensionContext context) {
    for (Optional<ExtensionContext> each = Optional.of(context);
        each.isPresent();
        each = each.get().getParent()) {
      if (owns(each.get())) {
        return each.get();
      }
    }
    return context;
  }

  private boolean owns(ExtensionContext context) {
    return registered == null
        ? AnnotationSupport.isAnnotated(context.getElement(), ParTest.class)
        : context.getTestMethod().isEmpty();
  }
}
